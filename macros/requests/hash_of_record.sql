{#- The identity of a record that has none: the hash of all its values. A null differs from an
    empty text, and two neighbouring values cannot run together. -#}
{% macro hash_of_record(values) -%}
md5(concat_ws(
    '|'
    {%- for value in values %},
    coalesce(replace(cast({{ value }} as {{ dbt.type_string() }}), '|', '||'), '~|~')
    {%- endfor %}
))
{%- endmacro %}
