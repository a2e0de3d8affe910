{#- A measure that is optional and cannot reject a record: null where it is negative, no number, or
    beyond anything that was measured. -#}
{% macro measure_or_null(column) -%}
case when {{ column }} >= 0 and {{ column }} < 1e15 then {{ column }} end
{%- endmacro %}
