{#- The identity of a record that has none: the hash of all its values, in order. A null (~2) differs
    from every text, and escaping (~ is ~0, | is ~1) keeps neighbours from running together. -#}
{% macro hash_of_record(values) -%}
md5(concat_ws(
    '|'
    {%- for value in values %},
    coalesce(
        replace(replace(cast({{ value }} as {{ dbt.type_string() }}), '~', '~0'), '|', '~1'), '~2'
    )
    {%- endfor %}
))
{%- endmacro %}
