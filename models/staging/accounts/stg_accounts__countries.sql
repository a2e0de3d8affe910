{#- Cast log by log, as the requests are. -#}
{% for gateway in gateways_with('accounts') -%}
    select
        {{ gateway_columns(gateway) }},
        cast(account_id as {{ dbt.type_string() }}) as account_id,
        upper({{ to_text('country_code') }}) as country_code,
        {{ record_of(['account_id', 'country_code']) }} as record
    from {{ side_records('accounts', 'countries', gateway) }}
    {{ 'union all' if not loop.last }}
{% endfor %}
