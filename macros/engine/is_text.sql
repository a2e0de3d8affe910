{#- Whether a column's type is text; a constant for the planner. -#}
{% macro is_text(column) %}{{ adapter.dispatch('is_text')(column) }}{% endmacro %}

{% macro default__is_text(column) %}typeof({{ column }}) = 'string'{% endmacro %}

{% macro duckdb__is_text(column) %}typeof({{ column }}) = 'VARCHAR'{% endmacro %}
