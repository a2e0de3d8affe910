{#- The columns of a request in the one order that all staging models are read in. -#}
{% macro request_columns() %}
    {{- return([
        'population', 'gateway', 'read_file', 'source_row', 'source_error',
        'request_id', 'requested_at', 'has_requested_at', 'raw_model',
        'prompt_tokens', 'completion_tokens', 'cached_tokens', 'cache_write_tokens',
        'reasoning_tokens', 'account_id', 'session_id', 'app_id', 'provider', 'billed_usd',
        'finish_reason', 'tool_calls', 'is_streamed', 'is_cancelled', 'is_byok', 'latency_ms',
        'time_to_first_token_ms', 'country_code', 'language', 'record',
    ]) -}}
{% endmacro %}
