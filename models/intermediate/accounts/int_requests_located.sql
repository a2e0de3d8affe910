{#- The one place that says which country a request is from. Where no log names accounts nothing is
    joined: the keys of a hundred million requests need not be hashed to find no country. -#}
{%- set has_accounts = gateways_with('accounts')[0].name is not none %}

-- depends_on: {{ ref('int_account_countries') }}

with requests as (
    select * from {{ ref('int_requests_accepted') }}
),

{% if has_accounts -%}
    account_countries as (
        select * from {{ ref('int_account_countries') }}
    ),

{% endif -%}
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
        {% if has_accounts -%}
            coalesce(requests.country_code, account_countries.country_code) as country_code,
        {% else -%}
            requests.country_code,
        {% endif -%}
        requests.language
    from requests
    {% if has_accounts -%}
        left join account_countries
            on requests.gateway = account_countries.gateway
            and requests.account_id = account_countries.account_id
    {% endif -%}
)

select * from final
