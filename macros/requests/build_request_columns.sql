{#- What is stored of requests by day, week or month is made of these columns alone. -#}
{% macro build_request_columns() %}
    {{- return([
        'population', 'gateway', 'usage_date', 'raw_model', 'provider', 'prompt_tokens',
        'completion_tokens', 'cached_tokens', 'cache_write_tokens', 'reasoning_tokens', 'tokens',
        'account_id', 'billed_usd', 'finish_reason', 'is_byok', 'country_code', 'language',
        'request_id', 'requested_at',
    ]) -}}
{% endmacro %}
