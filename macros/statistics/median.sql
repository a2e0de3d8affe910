{#- The exact median, between the two middle values where there are two. -#}
{% macro median(expression) -%}
percentile_cont(0.5) within group (order by cast({{ expression }} as double))
{%- endmacro %}
