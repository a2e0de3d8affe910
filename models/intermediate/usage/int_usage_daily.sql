{{ config(
    materialized='incremental',
    meta={'slice_key': 'usage_date', 'slices': 'int_build_days'},
) }}

-- depends_on: {{ ref('int_build_days') }}

with requests as (
    {{ requests_of_days('int_build_days') }}
),

finish_reasons as (
    select * from {{ ref('stg_requests__finish_reasons') }}
),

-- Logs mix native and normalised counts: a part can exceed its whole. It is cut to the whole here,
-- so that the parts add up, and flagged at request grain.
in_parts as (
    select
        requests.population,
        requests.gateway,
        requests.usage_date,
        requests.raw_model,
        requests.provider,
        requests.is_byok,
        requests.billed_usd,
        requests.tokens,
        requests.prompt_tokens,
        requests.completion_tokens,
        {{ cached_part() }} as cached_prompt_tokens,
        {{ cache_write_part() }} as cache_write_tokens,
        {{ reasoning_part() }} as reasoning_part,
        requests.reasoning_tokens is not null as has_reasoning_count,
        coalesce(finish_reasons.finish_reason = 'tool_calls', false) as is_tool_call
    from requests
    left join finish_reasons on requests.finish_reason = finish_reasons.raw_finish_reason
),

final as (
    select
        population,
        gateway,
        usage_date,
        raw_model,
        provider,
        is_byok,
        billed_usd is not null as is_billed,
        count(*) as requests,
        {{ sum_count('prompt_tokens') }} as prompt_tokens,
        {{ sum_count('cached_prompt_tokens') }} as cached_prompt_tokens,
        {{ sum_count('cache_write_tokens') }} as cache_write_tokens,
        {{ sum_count('completion_tokens') }} as completion_tokens,
        {{ sum_count('reasoning_part') }} as reasoning_tokens,
        bool_or(has_reasoning_count) as has_reasoning_counts,
        {{ sum_count('tokens') }} as tokens,
        {{ sum_count('case when is_tool_call then 1 else 0 end') }} as tool_call_requests,
        {{ sum_count('case when is_tool_call then tokens else 0 end') }} as tool_call_tokens,
        sum(cast(billed_usd as {{ exact_type() }})) as billed_usd
    from in_parts
    group by
        population, gateway, usage_date, raw_model, provider, is_byok, billed_usd is not null
)

select * from final
