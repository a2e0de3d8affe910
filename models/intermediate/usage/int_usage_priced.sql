{{ config(materialized='table') }}

with logged as (
    select
        population,
        gateway,
        usage_date,
        raw_model,
        provider,
        is_byok,
        is_billed,
        requests,
        prompt_tokens,
        cached_prompt_tokens,
        cache_write_tokens,
        completion_tokens,
        reasoning_tokens,
        has_reasoning_counts,
        tokens,
        tool_call_requests,
        tool_call_tokens,
        billed_usd
    from {{ ref('int_usage_daily') }}
),

published as (
    select
        population,
        gateway,
        usage_date,
        raw_model,
        provider,
        cast(null as boolean) as is_byok,
        billed_usd is not null as is_billed,
        requests,
        prompt_tokens,
        -- Cut to their wholes like those of a log, but not known where the table does not say.
        case when cached_tokens is not null then {{ cached_part() }} end as cached_prompt_tokens,
        case when cache_write_tokens is not null then {{ cache_write_part() }} end
            as cache_write_tokens,
        completion_tokens,
        case when reasoning_tokens is not null then {{ reasoning_part() }} end as reasoning_tokens,
        reasoning_tokens is not null as has_reasoning_counts,
        tokens,
        cast(null as {{ dbt.type_bigint() }}) as tool_call_requests,
        cast(null as {{ dbt.type_bigint() }}) as tool_call_tokens,
        cast(billed_usd as {{ exact_type() }}) as billed_usd
    from {{ ref('int_published_usage_ranked') }}
    where not is_duplicate
),

usage as (
    select * from logged
    union all
    select * from published
),

labels as (
    select * from {{ ref('int_labels_daily') }}
),

{{ priced_ctes() }},

final as (
    select
        population,
        gateway,
        usage_date,
        raw_model,
        model_id,
        variant,
        known_provider as provider,
        author,
        weights_class,
        origin,
        size_tier,
        is_reasoning_model,
        is_known,
        is_byok,
        requests,
        prompt_tokens,
        cached_prompt_tokens,
        cache_write_tokens,
        completion_tokens,
        reasoning_tokens,
        has_reasoning_counts,
        tokens,
        prompt_usd_per_million,
        cached_prompt_usd_per_million,
        cache_write_usd_per_million,
        completion_usd_per_million,
        reasoning_usd_per_million,
        tool_call_requests,
        tool_call_tokens,
        billed_usd,
        list_usd,
        spend_usd,
        price_source
    from priced
)

select * from final
