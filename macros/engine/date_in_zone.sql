{#- The date of a UTC timestamp in a time zone. -#}
{% macro date_in_zone(timestamp, zone) %}
    {%- if zone == 'UTC' -%}
        cast({{ timestamp }} as date)
    {%- else -%}
        {{- adapter.dispatch('date_in_zone')(timestamp, zone) -}}
    {%- endif -%}
{% endmacro %}

{% macro default__date_in_zone(timestamp, zone) -%}
cast(from_utc_timestamp({{ timestamp }}, '{{ zone }}') as date)
{%- endmacro %}

{% macro duckdb__date_in_zone(timestamp, zone) -%}
cast(timezone('{{ zone }}', timezone('UTC', {{ timestamp }})) as date)
{%- endmacro %}
