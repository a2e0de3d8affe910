{#- The columns of a record as one JSON text, cut to 10,000 characters. -#}
{% macro record_as_text(columns) %}{{ adapter.dispatch('record_as_text')(columns) }}{% endmacro %}

{% macro default__record_as_text(columns) -%}
substring(to_json(named_struct(
    {%- for column in columns %}'{{ column }}', cast({{ column }} as string){{ ', ' if not loop.last }}{% endfor -%}
), map('ignoreNullFields', 'false')), 1, 10000)
{%- endmacro %}

{% macro duckdb__record_as_text(columns) -%}
substring(cast(to_json({
    {%- for column in columns %}'{{ column }}': {{ column }}{{ ', ' if not loop.last }}{% endfor -%}
}) as varchar), 1, 10000)
{%- endmacro %}
