{{ config(
    materialized='incremental',
    meta={'slice_key': 'usage_date', 'slices': 'int_build_days'},
) }}

-- depends_on: {{ ref('int_build_days') }}
-- depends_on: {{ ref('int_input_days') }}

with requests as (
    select * from {{ ref('int_requests_accepted') }}
),

-- Logs mix native and normalised counts: a part can exceed its whole. It is cut to the whole here,
-- so that the parts add up, and flagged at request grain.
in_parts as (
    select
        population,
        gateway,
        usage_date,
        raw_model,
        provider,
        is_byok,
        billed_usd,
        tokens,
        prompt_tokens,
        completion_tokens,
        {{ cached_part() }} as cached_prompt_tokens,
        {{ cache_write_part() }} as cache_write_tokens,
        {{ reasoning_part() }} as reasoning_tokens
    from requests
    {% if is_incremental() %}
        where {{ in_build_days() }}
    {% endif %}
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
        {{ sum_count('reasoning_tokens') }} as reasoning_tokens,
        {{ sum_count('tokens') }} as tokens,
        sum(cast(billed_usd as {{ exact_type() }})) as billed_usd
    from in_parts
    group by
        population, gateway, usage_date, raw_model, provider, is_byok, billed_usd is not null
)

select * from final
