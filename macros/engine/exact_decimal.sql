{#- A number as a decimal with twelve places, the same on every engine: from its shortest text, since
    DuckDB's own cast multiplies first and is off by one in the last places of larger numbers. Null
    where it is none, or too large. -#}
{% macro exact_decimal(column) %}{{ adapter.dispatch('exact_decimal')(column) }}{% endmacro %}

{% macro default__exact_decimal(column) -%}
try_cast({{ column }} as decimal(38, 12))
{%- endmacro %}

{% macro duckdb__exact_decimal(column) -%}
try_cast(cast({{ column }} as varchar) as decimal(38, 12))
{%- endmacro %}
