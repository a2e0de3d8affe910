with usage as (
    select
        *,
        {{ week_start('usage_date') }} as week_start
    from {{ ref('int_usage_priced') }}
    where is_reasoning_model
),

account_models as (
    select * from {{ ref('int_account_models_weekly') }}
),

windows as (
    select * from {{ ref('int_usage_windows') }}
),

{{ share_ctes(keys=['week_start', 'model_id'], within=['week_start']) }},

final as (
    select
        cells.population,
        cells.week_start,
        {{ is_partial_week('cells.week_start', 'windows.last_date') }} as is_partial,
        cells.model_id,
        {{ unless_suppressed([
            'requests', 'tokens', 'spend_usd', 'token_share', 'request_share', 'spend_share',
        ]) }},
        cells.is_suppressed
    from cells
    inner join windows on cells.population = windows.population
)

select * from final
