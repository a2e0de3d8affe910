with model_months as (
    select
        population,
        {{ month_start('usage_date') }} as month_start,
        model_id,
        {{ sum_count('tool_call_requests') }} as requests,
        {{ sum_count('tool_call_tokens') }} as tokens,
        cast(null as {{ exact_type() }}) as spend_usd
    from {{ ref('int_usage_priced') }}
    where tool_call_requests > 0
    group by population, {{ month_start('usage_date') }}, model_id
),

account_days as (
    select * from {{ ref('int_account_days') }}
    where has_tool_calls
),

labels as (
    select distinct
        raw_model,
        usage_date,
        model_id
    from {{ ref('int_labels_daily') }}
),

windows as (
    select * from {{ ref('int_usage_windows') }}
),

placed as (
    select
        *,
        row_number() over (
            partition by population, month_start
            order by tokens desc nulls last, model_id asc
        ) as place
    from model_months
),

usage as (
    select * from placed
    where place <= 10
),

account_models as (
    select
        account_days.population,
        {{ month_start('account_days.usage_date') }} as month_start,
        account_days.account_id,
        labels.model_id
    from account_days
    inner join labels
        on account_days.raw_model = labels.raw_model
        and account_days.usage_date = labels.usage_date
),

{{ share_ctes(keys=['month_start', 'model_id'], within=['month_start']) }},

ranked as (
    select
        population,
        month_start,
        model_id,
        requests as tool_call_requests,
        tokens as tool_call_tokens,
        token_share,
        request_share,
        cast(
            rank() over (partition by population, month_start order by tokens desc nulls last)
            as {{ dbt.type_bigint() }}
        ) as rank,
        is_suppressed
    from cells
),

final as (
    select
        ranked.population,
        ranked.month_start,
        {{ is_partial_month('ranked.month_start', 'windows.last_logged_date') }} as is_partial,
        ranked.model_id,
        {{ unless_suppressed([
            'tool_call_requests', 'tool_call_tokens', 'token_share', 'request_share', 'rank',
        ]) }},
        ranked.is_suppressed
    from ranked
    inner join windows on ranked.population = windows.population
)

select * from final
