with requests as (
    select * from {{ ref('int_requests_accepted') }}
),

final as (
    select
        requests.population,
        requests.gateway,
        requests.read_file,
        requests.source_row,
        requests.request_id,
        requests.requested_at,
        requests.usage_date,
        requests.raw_model,
        requests.provider,
        requests.prompt_tokens,
        requests.completion_tokens,
        requests.cached_tokens,
        requests.cache_write_tokens,
        requests.reasoning_tokens,
        requests.tokens,
        requests.account_id,
        requests.session_id,
        requests.app_id,
        requests.billed_usd,
        requests.finish_reason,
        requests.tool_calls,
        requests.is_streamed,
        requests.is_cancelled,
        requests.is_byok,
        requests.latency_ms,
        requests.time_to_first_token_ms,
        {{ located_country('requests') }} as country_code,
        requests.language
    from requests
    {{ join_account_countries('requests') }}
)

select * from final
