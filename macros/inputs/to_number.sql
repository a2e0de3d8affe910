{#- A number of a log as double: null where it is missing, NaN where it is something else, so that
    validation can tell the two apart. Doubles hold whole numbers exactly up to 9e15, far above
    what validation lets through. -#}
{% macro to_number(column) %}
case
    when {{ is_text(column) }} and {{ to_text(column) }} is null then null
    when {{ column }} is null then null
    else coalesce(
        {{ adapter.dispatch('to_double')(column) }},
        cast('NaN' as double)
    )
end
{%- endmacro %}

{#- Java reads 1d and 0x1p3 as numbers too. -#}
{% macro default__to_double(column) -%}
case
    when not {{ is_text(column) }}
        or trim(cast({{ column }} as string))
        rlike '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'
        then try_cast({{ column }} as double)
end
{%- endmacro %}

{% macro duckdb__to_double(column) -%}
try_cast({{ column }} as double)
{%- endmacro %}
