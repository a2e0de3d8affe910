{#- Days since 1970 of a date, as an integer: for windows that range over days. -#}
{% macro day_number(date) -%}
cast({{ dbt.datediff("cast('1970-01-01' as date)", date, 'day') }} as integer)
{%- endmacro %}
