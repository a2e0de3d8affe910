{#- Where a point lies on the chart of cost and use, whose lines are the medians; on a line is high.
    Null where the cost, the use or a median is.

    cost, usage and their medians: expressions; names: of the quadrants, in the order costly and much
    used, cheap and much used, costly and little used, cheap and little used. -#}
{% macro quadrant(cost, usage, median_cost, median_usage, names) -%}
case
    when {{ cost }} >= {{ median_cost }} and {{ usage }} >= {{ median_usage }} then '{{ names[0] }}'
    when {{ cost }} < {{ median_cost }} and {{ usage }} >= {{ median_usage }} then '{{ names[1] }}'
    when {{ cost }} >= {{ median_cost }} and {{ usage }} < {{ median_usage }} then '{{ names[2] }}'
    when {{ cost }} < {{ median_cost }} and {{ usage }} < {{ median_usage }} then '{{ names[3] }}'
end
{%- endmacro %}
