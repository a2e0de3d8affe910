{#- A text of a log: trimmed, null where it stands for no value. -#}
{% macro to_text(column) %}
case
    when lower(trim(cast({{ column }} as {{ dbt.type_string() }}))) not in (
        {%- for text in absent_texts() %}'{{ text }}'{{ ', ' if not loop.last }}{% endfor -%}
    ) then trim(cast({{ column }} as {{ dbt.type_string() }}))
end
{%- endmacro %}
