{#- Whether a field of a log holds a value. Only a text can stand for none: to make a text of a
    timestamp costs more than all other checks of a record together. -#}
{% macro is_present(column) %}
case
    when {{ is_text(column) }} then {{ to_text(column) }} is not null
    else {{ column }} is not null
end
{%- endmacro %}
