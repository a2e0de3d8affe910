{#- A measure that is optional and cannot reject a record: null where it is no finite number. -#}
{% macro null_unless_finite(column) -%}
case when {{ column }} >= 0 and {{ column }} < 1e15 then {{ column }} end
{%- endmacro %}
