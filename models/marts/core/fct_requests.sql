{{ config(materialized='view') }}

-- A view: writing a hundred million rows of strings costs more than all other marts together
-- (DECISIONS.md). The records are read where they lie, what is said of them is joined here.
with requests as (
    select
        *,
        {{ cached_part() }} as cached_part,
        {{ cache_write_part() }} as cache_write_part,
        {{ reasoning_part() }} as reasoning_part
    from {{ ref('int_requests_located') }}
),

labels as (
    select * from {{ ref('int_labels_daily') }}
),

finish_reasons as (
    select * from {{ ref('stg_requests__finish_reasons') }}
),

countries as (
    select * from {{ ref('stg_geography__countries') }}
),

labelled as (
    select
        requests.population,
        requests.gateway,
        requests.request_id,
        requests.requested_at,
        requests.usage_date,
        requests.account_id,
        requests.session_id,
        requests.app_id,
        labels.model_id,
        requests.raw_model,
        labels.variant,
        labels.provider,
        labels.author,
        labels.weights_class,
        labels.origin,
        labels.size_tier,
        labels.is_reasoning_model,
        requests.prompt_tokens,
        requests.cached_tokens,
        requests.cache_write_tokens,
        requests.completion_tokens,
        requests.reasoning_tokens,
        requests.tokens,
        requests.billed_usd,
        {{ list_usd('cached_part', 'cache_write_part', 'reasoning_part') }} as list_usd,
        coalesce(finish_reasons.finish_reason, 'unknown') as finish_reason,
        requests.tool_calls,
        requests.is_streamed,
        requests.is_cancelled,
        requests.is_byok,
        requests.latency_ms,
        requests.time_to_first_token_ms,
        coalesce(countries.country_code, 'unknown') as country_code,
        coalesce(countries.continent, 'unknown') as continent,
        coalesce(requests.language, 'unknown') as language
    from requests
    inner join labels
        on requests.raw_model = labels.raw_model
        and requests.provider is not distinct from labels.raw_provider
        and requests.usage_date = labels.usage_date
    left join finish_reasons on requests.finish_reason = finish_reasons.raw_finish_reason
    left join countries on requests.country_code = countries.country_code
),

final as (
    select
        population,
        gateway,
        request_id,
        requested_at,
        usage_date,
        account_id,
        session_id,
        app_id,
        model_id,
        raw_model,
        variant,
        provider,
        author,
        weights_class,
        origin,
        size_tier,
        is_reasoning_model,
        prompt_tokens,
        cached_tokens,
        cache_write_tokens,
        completion_tokens,
        reasoning_tokens,
        tokens,
        billed_usd,
        list_usd,
        coalesce(billed_usd, list_usd) as spend_usd,
        case
            when billed_usd is not null then 'billed'
            when list_usd is not null then 'list'
            else 'unpriced'
        end as price_source,
        finish_reason,
        tool_calls,
        is_streamed,
        is_cancelled,
        is_byok,
        latency_ms,
        time_to_first_token_ms,
        country_code,
        continent,
        language,
        coalesce(reasoning_tokens > completion_tokens, false) as is_reasoning_above_completion,
        coalesce(cached_tokens > prompt_tokens, false) as is_cached_above_prompt
    from labelled
)

select * from final
