with usage as (
    select
        *,
        {{ week_start('usage_date') }} as week_start
    from {{ ref('int_audience_priced') }}
    where dimension = 'country'
),

account_models as (
    select * from {{ ref('int_account_audience_weekly') }}
),

windows as (
    select * from {{ ref('int_usage_windows') }}
),

{{ share_ctes(keys=['week_start', 'continent'], within=['week_start']) }},

final as (
    select
        cells.population,
        cells.week_start,
        {{ is_partial_week('cells.week_start', 'windows.last_date') }} as is_partial,
        cells.continent,
        {{ unless_suppressed([
            'spend_usd', 'tokens', 'requests', 'spend_share', 'token_share', 'request_share',
        ]) }},
        cells.is_suppressed
    from cells
    inner join windows on cells.population = windows.population
)

select * from final
