with usage as (
    select
        *,
        {{ week_start('usage_date') }} as week_start
    from {{ ref('fct_usage_daily') }}
    where weights_class = 'open'
),

account_models as (
    select * from {{ ref('int_account_models_weekly') }}
    where weights_class = 'open'
),

windows as (
    select * from {{ ref('int_usage_windows') }}
),

{{ share_ctes(keys=['week_start', 'size_tier'], within=['week_start']) }},

models_in_use as (
    select
        population,
        week_start,
        size_tier,
        count(distinct model_id) as models_in_use
    from usage
    group by population, week_start, size_tier
),

cells_with_models as (
    select
        cells.*,
        models_in_use.models_in_use,
        {{ share('models_in_use.models_in_use', 'cells.population, cells.week_start') }}
            as models_in_use_share
    from cells
    inner join models_in_use
        on cells.population = models_in_use.population
        and cells.week_start = models_in_use.week_start
        and cells.size_tier = models_in_use.size_tier
),

final as (
    select
        cells.population,
        cells.week_start,
        {{ is_partial_week('cells.week_start', 'windows.last_date') }} as is_partial,
        cells.size_tier,
        {{ unless_suppressed([
            'requests', 'tokens', 'spend_usd', 'token_share', 'request_share', 'spend_share',
            'models_in_use', 'models_in_use_share',
        ]) }},
        cells.is_suppressed
    from cells_with_models as cells
    inner join windows on cells.population = windows.population
)

select * from final
