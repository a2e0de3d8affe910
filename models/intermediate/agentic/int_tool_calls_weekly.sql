{{ config(
    materialized='incremental',
    meta={'slice_key': 'week_start', 'slices': 'int_build_weeks'},
) }}

-- depends_on: {{ ref('int_build_weeks') }}

with requests as {{ read_again() }} (
    {{ requests_of_days('int_build_weeks') }}
),

finish_reasons as (
    select * from {{ ref('stg_requests__finish_reasons') }}
),

finished as {{ read_again() }} (
    select
        requests.population,
        {{ week_start('requests.usage_date') }} as week_start,
        requests.account_id,
        requests.tokens,
        requests.finish_reason is not null as has_finish_reason,
        coalesce(finish_reasons.finish_reason = 'tool_calls', false) as is_tool_call
    from requests
    left join finish_reasons on requests.finish_reason = finish_reasons.raw_finish_reason
),

weeks as (
    select
        population,
        week_start,
        count(*) as requests,
        {{ sum_count('tokens') }} as tokens,
        {{ sum_count('case when has_finish_reason then 1 else 0 end') }} as finish_reason_requests,
        {{ sum_count('case when is_tool_call then 1 else 0 end') }} as tool_call_requests,
        {{ sum_count('case when is_tool_call then tokens else 0 end') }} as tool_call_tokens
    from finished
    group by population, week_start
),

-- Only an account that made tool calls can hold the most of their tokens: the others, most of
-- them, need no sums of their own.
callers as (
    select
        population,
        week_start,
        account_id,
        count(*) as tool_call_requests,
        {{ sum_count('tokens') }} as tool_call_tokens
    from finished
    where is_tool_call and account_id is not null
    group by population, week_start, account_id
),

-- Of several that hold as many, the first by name.
ranked as (
    select
        *,
        row_number() over (
            partition by population, week_start
            order by tool_call_tokens desc nulls last, account_id asc
        ) as place
    from callers
),

largest_accounts as (
    select * from ranked
    where place = 1
),

largest_totals as (
    select
        finished.population,
        finished.week_start,
        count(*) as requests,
        {{ sum_count('finished.tokens') }} as tokens
    from finished
    inner join largest_accounts
        on finished.population = largest_accounts.population
        and finished.week_start = largest_accounts.week_start
        and finished.account_id = largest_accounts.account_id
    group by finished.population, finished.week_start
),

final as (
    select
        weeks.population,
        weeks.week_start,
        weeks.requests,
        weeks.tokens,
        weeks.finish_reason_requests,
        weeks.tool_call_requests,
        weeks.tool_call_tokens,
        coalesce(largest_totals.requests, 0) as largest_account_requests,
        coalesce(largest_totals.tokens, 0) as largest_account_tokens,
        coalesce(largest_accounts.tool_call_requests, 0) as largest_account_tool_call_requests,
        coalesce(largest_accounts.tool_call_tokens, 0) as largest_account_tool_call_tokens
    from weeks
    left join largest_accounts
        on weeks.population = largest_accounts.population
        and weeks.week_start = largest_accounts.week_start
    left join largest_totals
        on weeks.population = largest_totals.population
        and weeks.week_start = largest_totals.week_start
)

select * from final
