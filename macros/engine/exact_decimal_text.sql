{#- The text of a number with twelve places, the same on every engine and in every session; null where
    it is no number, or too large. DuckDB's own cast of a number multiplies first and is off by one in
    the last places of larger ones, so its shortest text is cast; Spark spells a small decimal with an
    exponent where a view is read without ANSI rules, so it is formatted. -#}
{% macro exact_decimal_text(column) %}{{ adapter.dispatch('exact_decimal_text')(column) }}{% endmacro %}

{% macro default__exact_decimal_text(column) -%}
cast(try_cast({{ column }} as decimal(38, 12)) as {{ dbt.type_string() }})
{%- endmacro %}

{% macro duckdb__exact_decimal_text(column) -%}
cast(try_cast(cast({{ column }} as varchar) as decimal(38, 12)) as varchar)
{%- endmacro %}

{% macro spark__exact_decimal_text(column) -%}
replace(format_number(try_cast({{ column }} as decimal(38, 12)), 12), ',', '')
{%- endmacro %}
