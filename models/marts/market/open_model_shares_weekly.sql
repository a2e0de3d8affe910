with open_usage as (
    select
        *,
        {{ week_start('usage_date') }} as week_start
    from {{ ref('fct_usage_daily') }}
    where weights_class = 'open'
),

windows as (
    select * from {{ ref('int_usage_windows') }}
),

model_totals as (
    select
        population,
        model_id,
        row_number() over (
            partition by population order by sum(tokens) desc nulls last, model_id asc
        ) as place
    from open_usage
    group by population, model_id
),

named_models as (
    select
        population,
        model_id as known_model_id,
        case when place <= {{ var('top_n') }} then model_id else 'other' end as model_id
    from model_totals
),

usage as (
    select
        open_usage.population,
        open_usage.week_start,
        named_models.model_id,
        open_usage.requests,
        open_usage.tokens,
        open_usage.spend_usd
    from open_usage
    inner join named_models
        on open_usage.population = named_models.population
        and open_usage.model_id = named_models.known_model_id
),

account_models as (
    select
        account_models.population,
        account_models.week_start,
        account_models.account_id,
        named_models.model_id
    from {{ ref('int_account_models_weekly') }} as account_models
    inner join named_models
        on account_models.population = named_models.population
        and account_models.model_id = named_models.known_model_id
    where account_models.weights_class = 'open'
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
