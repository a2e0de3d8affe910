with usage as (
    select * from {{ ref('int_usage_priced') }}
),

accounts as (
    select * from {{ ref('int_model_accounts_daily') }}
),

summed as (
    select
        population,
        gateway,
        usage_date,
        model_id,
        author,
        weights_class,
        origin,
        size_tier,
        {{ sum_count('requests') }} as requests,
        {{ sum_count('prompt_tokens - cached_prompt_tokens') }} as uncached_prompt_tokens,
        {{ sum_count('cached_prompt_tokens') }} as cached_prompt_tokens,
        {{ sum_count('cache_write_tokens') }} as cache_write_tokens,
        {{ sum_count('prompt_tokens') }} as prompt_tokens,
        {{ sum_count('completion_tokens - reasoning_tokens') }} as visible_completion_tokens,
        {{ sum_count('reasoning_tokens') }} as reasoning_tokens,
        {{ sum_count('completion_tokens') }} as completion_tokens,
        {{ sum_count('tokens') }} as tokens,
        {{ sum_exact('billed_usd') }} as billed_usd,
        {{ sum_exact('list_usd') }} as list_usd,
        {{ sum_exact('spend_usd') }} as spend_usd,
        {{ sum_count("case when price_source = 'unpriced' then requests else 0 end") }}
            as unpriced_requests,
        {{ sum_count("case when price_source = 'unpriced' then tokens else 0 end") }}
            as unpriced_tokens
    from usage
    group by
        population, gateway, usage_date, model_id, author, weights_class, origin, size_tier
),

final as (
    select
        summed.population,
        summed.gateway,
        summed.usage_date,
        summed.model_id,
        summed.author,
        summed.weights_class,
        summed.origin,
        summed.size_tier,
        summed.requests,
        accounts.accounts,
        summed.uncached_prompt_tokens,
        summed.cached_prompt_tokens,
        summed.cache_write_tokens,
        summed.prompt_tokens,
        summed.visible_completion_tokens,
        summed.reasoning_tokens,
        summed.completion_tokens,
        summed.tokens,
        summed.billed_usd,
        summed.list_usd,
        summed.spend_usd,
        summed.unpriced_requests,
        summed.unpriced_tokens
    from summed
    left join accounts
        on summed.population = accounts.population
        and summed.gateway = accounts.gateway
        and summed.usage_date = accounts.usage_date
        and summed.model_id = accounts.model_id
)

select * from final
