{#- The entries of `gateways` that have a format. Without one, an entry without a name stands in,
    so that a staging model is always valid SQL: an empty one. -#}
{% macro gateways_of(format) %}
    {%- set found = [] -%}
    {%- for gateway in checked_gateways() if gateway.get('format') == format -%}
        {%- do found.append(gateway) -%}
    {%- endfor -%}
    {{- return(found or [{'name': none}]) -}}
{% endmacro %}
