{#- A text of a log: trimmed, null where it stands for no value. The first line is the common case:
    trimming every value costs three times as much as reading it. -#}
{% macro to_text(column) %}
{%- set text = 'cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')' -%}
{%- set longest = absent_texts() | map('length') | max -%}
case
    when length({{ text }}) > {{ longest }} and {{ text }} not like ' %' and {{ text }} not like '% '
        then {{ text }}
    when lower(trim({{ text }})) not in (
        {%- for text in absent_texts() %}'{{ text }}'{{ ', ' if not loop.last }}{% endfor -%}
    ) then trim({{ text }})
end
{%- endmacro %}
