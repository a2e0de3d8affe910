{#- Whether a column's type is boolean; a constant for the planner. -#}
{% macro is_boolean(column) %}{{ adapter.dispatch('is_boolean')(column) }}{% endmacro %}

{% macro default__is_boolean(column) %}typeof({{ column }}) = 'boolean'{% endmacro %}

{% macro duckdb__is_boolean(column) %}typeof({{ column }}) = 'BOOLEAN'{% endmacro %}
