with usage as (
    select * from {{ ref('int_usage_priced') }}
),

final as (
    select
        population,
        min(usage_date) as first_date,
        max(usage_date) as last_date
    from usage
    group by population
)

select * from final
