{#- Sums and means of cells, null where one of the cells is suppressed: a figure that needs hidden
    cells is not computable. The CTE has `is_suppressed`. -#}
{% macro sum_shown(expression) -%}
case when not bool_or(is_suppressed) then {{ sum_exact(expression) }} end
{%- endmacro %}

{#- The sum over the cells for which a condition holds; 0 where there are none. -#}
{% macro sum_shown_where(measure, condition) -%}
{{ sum_shown('case when ' ~ condition ~ ' then ' ~ measure ~ ' else 0 end') }}
{%- endmacro %}

{#- The share of such a sum in the sum over all cells; null where that is 0. -#}
{% macro share_shown_where(measure, condition) -%}
{{ sum_shown_where(measure, condition) }}
/ nullif({{ sum_shown(measure) }}, 0)
{%- endmacro %}

{% macro mean_shown(expression) -%}
{{ sum_shown(expression) }} / nullif(count({{ expression }}), 0)
{%- endmacro %}
