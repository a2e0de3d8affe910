{#- The columns of a record as they are, one struct: it costs nothing until it is made a text, which
    only rejected records are. -#}
{% macro record_of(columns) %}{{ adapter.dispatch('record_of')(columns) }}{% endmacro %}

{% macro default__record_of(columns) -%}
named_struct(
    {%- for column in columns %}'{{ column }}', {{ column }}{{ ', ' if not loop.last }}{% endfor -%}
)
{%- endmacro %}

{% macro duckdb__record_of(columns) -%}
{
    {%- for column in columns %}'{{ column }}': {{ column }}{{ ', ' if not loop.last }}{% endfor -%}
}
{%- endmacro %}
