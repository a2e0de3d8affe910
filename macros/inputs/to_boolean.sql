{#- A flag of a log: null where it is missing or unreadable. -#}
{% macro to_boolean(column) %}
case
    when lower({{ to_text(column) }}) in ('true', 't', 'yes', 'y', '1', '1.0') then true
    when lower({{ to_text(column) }}) in ('false', 'f', 'no', 'n', '0', '0.0') then false
end
{%- endmacro %}
