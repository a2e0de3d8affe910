{#- Cast log by log, as the requests are. -#}
{% for gateway in gateways_with('tags') -%}
    select
        {{ gateway_columns(gateway) }},
        cast({{ gateway['tags']['sampling_rate'] }} as double) as sampling_rate,
        {{ to_text('request_id') }} as request_id,
        {{ to_text('tag') }} as tag,
        {{ to_number('confidence') }} as confidence,
        {{ record_of(['request_id', 'tag', 'confidence']) }} as record
    from {{ side_records('tags', 'request_tags', gateway) }}
    {{ 'union all' if not loop.last }}
{% endfor %}
