with requests as (
    select * from {{ ref('int_requests_validated') }}
),

duplicates as (
    select * from {{ ref('int_request_duplicates') }}
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
        requests.country_code,
        requests.language
    from requests
    left join duplicates
        on requests.source_row = duplicates.source_row
        and requests.read_file = duplicates.read_file
        and requests.gateway = duplicates.gateway
    where
        not requests.is_rejected
        and duplicates.source_row is null
)

select * from final
