{{ config(
    materialized='incremental',
    meta={'slice_key': 'week_start', 'slices': 'int_build_weeks'},
) }}

-- depends_on: {{ ref('int_build_weeks') }}

with requests as (
    {{ requests_of_days('int_build_weeks') }}
),

finish_reasons as (
    select * from {{ ref('stg_requests__finish_reasons') }}
),

finished as (
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

account_weeks as (
    select
        population,
        week_start,
        account_id,
        count(*) as requests,
        {{ sum_count('tokens') }} as tokens,
        {{ sum_count('case when has_finish_reason then 1 else 0 end') }} as finish_reason_requests,
        {{ sum_count('case when is_tool_call then 1 else 0 end') }} as tool_call_requests,
        {{ sum_count('case when is_tool_call then tokens else 0 end') }} as tool_call_tokens
    from finished
    group by population, week_start, account_id
),

-- Only an account that made tool calls can hold the most of their tokens.
candidates as (
    select
        *,
        account_id is not null and tool_call_requests > 0 as is_candidate
    from account_weeks
),

placed as (
    select
        *,
        is_candidate and row_number() over (
            partition by population, week_start
            order by
                case when is_candidate then 0 else 1 end,
                tool_call_tokens desc nulls last,
                account_id asc nulls last
        ) = 1 as is_largest
    from candidates
),

final as (
    select
        population,
        week_start,
        {{ sum_count('requests') }} as requests,
        {{ sum_count('tokens') }} as tokens,
        {{ sum_count('finish_reason_requests') }} as finish_reason_requests,
        {{ sum_count('tool_call_requests') }} as tool_call_requests,
        {{ sum_count('tool_call_tokens') }} as tool_call_tokens,
        {% for measure in ['requests', 'tokens', 'tool_call_requests', 'tool_call_tokens'] -%}
            {{ sum_count('case when is_largest then ' ~ measure ~ ' else 0 end') }}
            as largest_account_{{ measure }}{{ ',' if not loop.last }}
        {% endfor %}
    from placed
    group by population, week_start
)

select * from final
