{#- A registry value, or what registry_overrides says instead: `overrides` is a relation with one
    row per key and attribute, joined once per attribute as `<attribute>_override`. An override
    with an empty value makes the value unknown. -#}
{% macro override(relation, attribute, type='string') -%}
case
    when {{ attribute }}_override.overridden_key is null then {{ relation }}.{{ attribute }}
    else try_cast({{ attribute }}_override.value as {{ type }})
end
{%- endmacro %}

{#- The joins that `override` reads. -#}
{% macro override_joins(relation, key, attributes) -%}
{% for attribute in attributes -%}
left join overrides as {{ attribute }}_override
    on {{ relation }}.{{ key }} = {{ attribute }}_override.overridden_key
    and {{ attribute }}_override.attribute = '{{ attribute }}'
{% endfor %}
{%- endmacro %}
