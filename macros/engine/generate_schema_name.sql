{#- Marts stand in the target's own schema, where readers look first; all else in the schema that
    its folder names, without a prefix. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if custom_schema_name is none else custom_schema_name | trim }}
{%- endmacro %}
