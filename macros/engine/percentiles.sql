{#- Exact percentiles of a group, linearly interpolated, as one list in the order of the fractions:
    asked for together, the engine holds the group's values once. -#}
{% macro percentiles(expression, fractions) %}
    {{- adapter.dispatch('percentiles')(expression, fractions) -}}
{% endmacro %}

{% macro default__percentiles(expression, fractions) -%}
percentile({{ expression }}, array({{ fractions | join(', ') }}))
{%- endmacro %}

{% macro duckdb__percentiles(expression, fractions) -%}
quantile_cont({{ expression }}, [{{ fractions | join(', ') }}])
{%- endmacro %}

{#- An item of such a list, counted from 1. -#}
{% macro list_item(list, place) %}{{ adapter.dispatch('list_item')(list, place) }}{% endmacro %}

{% macro default__list_item(list, place) %}element_at({{ list }}, {{ place }}){% endmacro %}

{% macro duckdb__list_item(list, place) %}list_extract({{ list }}, {{ place }}){% endmacro %}
