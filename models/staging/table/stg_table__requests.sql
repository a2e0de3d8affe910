{%- set record_columns = [
    'request_id', 'requested_at', 'model', 'prompt_tokens', 'completion_tokens', 'cached_tokens',
    'cache_write_tokens', 'reasoning_tokens', 'account_id', 'session_id', 'app_id', 'provider',
    'billed_usd', 'finish_reason', 'tool_calls', 'is_streamed', 'is_cancelled', 'is_byok',
    'latency_ms', 'time_to_first_token_ms', 'country_code', 'language',
] -%}

{#- Cast log by log: in a union of raw columns one log's texts would turn another's numbers into
    text. -#}
{% for gateway in gateways_of('table') -%}
    select
        {{ gateway_columns(gateway) }},
        {{ to_text('request_id') }} as request_id,
        {{ to_timestamp_utc('requested_at') }} as requested_at,
        {{ is_present('requested_at') }} as has_requested_at,
        cast(model as {{ dbt.type_string() }}) as raw_model,
        {{ to_text('provider') }} as provider,
        {{ to_number('prompt_tokens') }} as prompt_tokens,
        {{ to_number('completion_tokens') }} as completion_tokens,
        {{ to_number('cached_tokens') }} as cached_tokens,
        {{ to_number('cache_write_tokens') }} as cache_write_tokens,
        {{ to_number('reasoning_tokens') }} as reasoning_tokens,
        cast(account_id as {{ dbt.type_string() }}) as account_id,
        cast(session_id as {{ dbt.type_string() }}) as session_id,
        cast(app_id as {{ dbt.type_string() }}) as app_id,
        {{ to_number('billed_usd') }} as billed_usd,
        lower({{ to_text('finish_reason') }}) as finish_reason,
        {{ to_number('tool_calls') }} as tool_calls,
        {{ to_boolean('is_streamed') }} as is_streamed,
        {{ to_boolean('is_cancelled') }} as is_cancelled,
        {{ to_boolean('is_byok') }} as is_byok,
        {{ to_number('latency_ms') }} as latency_ms,
        {{ to_number('time_to_first_token_ms') }} as time_to_first_token_ms,
        upper({{ to_text('country_code') }}) as country_code,
        {{ to_text('language') }} as language,
        {{ record_of(record_columns) }} as record
    from {{ raw_records('table', gateway) }}
    {{ 'union all' if not loop.last }}
{% endfor %}
