with prices as (
    select * from {{ ref('int_prices') }}
),

final as (
    select
        model_id,
        provider,
        valid_from,
        valid_to,
        prompt_usd_per_million,
        cached_prompt_usd_per_million,
        cache_write_usd_per_million,
        completion_usd_per_million,
        reasoning_usd_per_million,
        is_reference,
        source
    from prices
)

select * from final
