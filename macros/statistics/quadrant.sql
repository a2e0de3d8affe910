{#- Where a point lies on the chart of cost and use, whose lines are the medians; on a line is high.
    Null where the cost, the use or a median is. Costs are compared to 12 decimals: two models of
    one price are on the same side of the line whatever their division left in the last digits.

    cost, usage and their medians: expressions; names: of the quadrants, in the order costly and much
    used, cheap and much used, costly and little used, cheap and little used. -#}
{% macro quadrant(cost, usage, median_cost, median_usage, names) -%}
{%- set is_costly = 'round(' ~ cost ~ ', 12) >= round(' ~ median_cost ~ ', 12)' -%}
{%- set is_much = usage ~ ' >= ' ~ median_usage -%}
case
    when {{ is_costly }} and {{ is_much }} then '{{ names[0] }}'
    when not {{ is_costly }} and {{ is_much }} then '{{ names[1] }}'
    when {{ is_costly }} and not {{ is_much }} then '{{ names[2] }}'
    when not {{ is_costly }} and not {{ is_much }} then '{{ names[3] }}'
end
{%- endmacro %}
