-- Who holds the open market, and does any model hold a quarter of it? The ten largest authors of
-- open models, with the best week of their largest model.
with authors as (
    select * from {{ ref('author_totals') }}
    where weights_class = 'open'
),

models as (
    select * from {{ ref('dim_models') }}
),

best_weeks as (
    select
        weekly.population,
        models.author,
        max(weekly.token_share) as largest_weekly_model_share
    from {{ ref('open_model_shares_weekly') }} as weekly
    inner join models on weekly.model_id = models.model_id
    where weekly.model_id <> 'other'
    group by weekly.population, models.author
),

placed as (
    select
        authors.population,
        authors.author,
        authors.tokens,
        cast(authors.tokens as double)
        / nullif(cast(sum(authors.tokens) over (partition by authors.population) as double), 0)
            as share_of_open_tokens,
        best_weeks.largest_weekly_model_share,
        row_number() over (
            partition by authors.population order by authors.tokens desc nulls last
        ) as place
    from authors
    left join best_weeks
        on authors.population = best_weeks.population
        and authors.author = best_weeks.author
)

select
    population,
    place,
    author,
    tokens,
    round(share_of_open_tokens, 3) as share_of_open_tokens,
    round(largest_weekly_model_share, 3) as largest_weekly_model_share
from placed
where place <= 10
order by population asc, place asc
