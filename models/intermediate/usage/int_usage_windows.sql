with usage as (
    select
        population,
        min(usage_date) as first_date,
        max(usage_date) as last_date
    from {{ ref('int_usage_priced') }}
    group by population
),

logged as (
    select
        population,
        max(usage_date) as last_logged_date
    from {{ ref('int_usage_daily') }}
    group by population
),

final as (
    select
        usage.population,
        usage.first_date,
        usage.last_date,
        logged.last_logged_date
    from usage
    left join logged on usage.population = logged.population
)

select * from final
