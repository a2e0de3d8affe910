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

-- Only an account that made tool calls can hold the most of their tokens; of several that hold as
-- many, the first by name.
most_tokens as (
    select
        population,
        week_start,
        max(tool_call_tokens) as tool_call_tokens
    from account_weeks
    where account_id is not null and tool_call_requests > 0
    group by population, week_start
),

largest_accounts as (
    select
        account_weeks.population,
        account_weeks.week_start,
        min(account_weeks.account_id) as account_id
    from account_weeks
    inner join most_tokens
        on account_weeks.population = most_tokens.population
        and account_weeks.week_start = most_tokens.week_start
        and account_weeks.tool_call_tokens = most_tokens.tool_call_tokens
    where account_weeks.account_id is not null and account_weeks.tool_call_requests > 0
    group by account_weeks.population, account_weeks.week_start
),

placed as (
    select
        account_weeks.*,
        largest_accounts.account_id is not null as is_largest
    from account_weeks
    left join largest_accounts
        on account_weeks.population = largest_accounts.population
        and account_weeks.week_start = largest_accounts.week_start
        and account_weeks.account_id = largest_accounts.account_id
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
