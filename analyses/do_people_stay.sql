-- Do people stay? Of those who ever began with a model, how many are active one, three and five
-- months on: all whole cohorts together, the ten models with the most accounts.
with cells as (
    select * from {{ ref('retention_triangles') }}
    where not is_partial
),

models as (
    select
        population,
        model_id,
        sum(case when months_since = 0 then cohort_accounts end) as accounts,
        {% for age in [1, 3, 5] -%}
            cast(sum(case when months_since = {{ age }} then retained_accounts end) as double)
            / nullif(sum(case when months_since = {{ age }} then cohort_accounts end), 0)
                as month_{{ age }},
        {% endfor -%}
        row_number() over (
            partition by population
            order by
                sum(case when months_since = 0 then cohort_accounts end) desc nulls last,
                model_id asc
        ) as place
    from cells
    group by population, model_id
)

select
    population,
    model_id,
    accounts,
    round(month_1, 3) as month_1,
    round(month_3, 3) as month_3,
    round(month_5, 3) as month_5
from models
where place <= 10
order by population asc, place asc
