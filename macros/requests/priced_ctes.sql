{#- What the registry and the price book say of usage by raw name, and what it cost: from CTE `usage`
    (raw_model, provider as logged, usage_date, is_billed, billed_usd of exact_type() and the token
    parts, each cut to its whole; any other column goes along) and CTE `labels` (int_labels_daily)
    to CTE `priced`: all columns of `usage`, the labels (the registry's provider as
    `known_provider`), list_usd, spend_usd and price_source. Rows may be requests or sums of them:
    whether a row has a price does not hang on its tokens. -#}
{% macro priced_ctes() -%}
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

listed as (
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

priced as (
    select
        *,
        case when is_billed then billed_usd else list_usd end as spend_usd,
        case
            when is_billed then 'billed'
            when list_usd is not null then 'list'
            else 'unpriced'
        end as price_source
    from listed
)
{%- endmacro %}
