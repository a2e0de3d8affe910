{#- The UTC timestamp at which a date begins in a time zone. -#}
{% macro midnight_in_zone(date, zone) %}
    {%- if zone == 'UTC' -%}
        cast({{ date }} as {{ dbt.type_timestamp() }})
    {%- else -%}
        {{- adapter.dispatch('midnight_in_zone')(date, zone) -}}
    {%- endif -%}
{% endmacro %}

{% macro default__midnight_in_zone(date, zone) -%}
to_utc_timestamp(cast({{ date }} as {{ dbt.type_timestamp() }}), '{{ zone }}')
{%- endmacro %}

{% macro duckdb__midnight_in_zone(date, zone) -%}
timezone('UTC', timezone('{{ zone }}', cast({{ date }} as {{ dbt.type_timestamp() }})))
{%- endmacro %}
