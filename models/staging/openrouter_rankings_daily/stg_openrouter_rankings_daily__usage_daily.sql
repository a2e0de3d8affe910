{% for gateway in gateways_of('openrouter_rankings_daily') -%}
    select
        {{ gateway_columns(gateway) }},
        cast({{ to_timestamp_utc('date') }} as date) as usage_date,
        {{ is_present('date') }} as has_usage_date,
        cast(model_permaslug as {{ dbt.type_string() }}) as raw_model,
        cast(null as {{ dbt.type_string() }}) as provider,
        cast(null as double) as requests,
        cast(null as double) as prompt_tokens,
        cast(null as double) as cached_tokens,
        cast(null as double) as cache_write_tokens,
        cast(null as double) as completion_tokens,
        cast(null as double) as reasoning_tokens,
        {{ to_number('total_tokens') }} as tokens,
        cast(null as double) as billed_usd,
        {{ record_of(['date', 'model_permaslug', 'total_tokens']) }} as record
    from {{ raw_records('openrouter_rankings_daily', gateway) }}
    {{ 'union all' if not loop.last }}
{% endfor %}
