{#- The texts of a group in ascending order, one comma-separated text. -#}
{% macro sorted_list(expression) %}{{ adapter.dispatch('sorted_list')(expression) }}{% endmacro %}

{% macro default__sorted_list(expression) -%}
array_join(array_sort(collect_list({{ expression }})), ', ')
{%- endmacro %}

{% macro duckdb__sorted_list(expression) -%}
string_agg({{ expression }}, ', ' order by {{ expression }})
{%- endmacro %}
