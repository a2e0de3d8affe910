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
        least(cached_tokens, prompt_tokens) as cached_prompt_tokens,
        least(cache_write_tokens, prompt_tokens - coalesce(cached_tokens, 0)) as cache_write_tokens,
        completion_tokens,
        least(reasoning_tokens, completion_tokens) as reasoning_tokens,
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

labelled as (
    select
        usage.*,
        labels.model_id,
        labels.variant,
        labels.provider as known_provider,
        labels.author,
        labels.weights_class,
        labels.origin,
        labels.size_tier,
        labels.is_reasoning_model,
        labels.is_known,
        labels.prompt_usd_per_million,
        labels.cached_prompt_usd_per_million,
        labels.cache_write_usd_per_million,
        labels.completion_usd_per_million,
        labels.reasoning_usd_per_million
    from usage
    inner join labels
        on usage.raw_model = labels.raw_model
        and usage.provider is not distinct from labels.raw_provider
        and usage.usage_date = labels.usage_date
),

priced as (
    select
        *,
        cast(
            {{ list_usd(
                'coalesce(cached_prompt_tokens, 0)', 'coalesce(cache_write_tokens, 0)',
                'coalesce(reasoning_tokens, 0)'
            ) }} as {{ exact_type() }}
        ) as list_usd
    from labelled
),

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
        tool_call_requests,
        tool_call_tokens,
        billed_usd,
        list_usd,
        case when is_billed then billed_usd else list_usd end as spend_usd,
        case
            when is_billed then 'billed'
            when list_usd is not null then 'list'
            else 'unpriced'
        end as price_source
    from priced
)

select * from final
