{#- The columns of a record as they are: on DuckDB one struct, which costs nothing until it is made a
    text, as only rejected records are. Spark's union knows no structs of different fields, so there
    it is a text at once, which nobody computes who does not read it. Its values are texts, as DuckDB
    makes them where one of the logs is a CSV. -#}
{% macro record_of(columns) %}{{ adapter.dispatch('record_of')(columns) }}{% endmacro %}

{% macro default__record_of(columns) -%}
to_json(named_struct(
    {%- for column in columns -%}
        '{{ column }}', cast({{ column }} as string){{ ', ' if not loop.last }}
    {%- endfor -%}
))
{%- endmacro %}

{% macro duckdb__record_of(columns) -%}
{
    {%- for column in columns %}'{{ column }}': {{ column }}{{ ', ' if not loop.last }}{% endfor -%}
}
{%- endmacro %}
