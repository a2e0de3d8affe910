{#- A number of a log as double: null where it is missing, NaN where it is something else, so that
    validation can tell the two apart. Doubles hold whole numbers exactly up to 9e15, far above
    what validation lets through. -#}
{% macro to_number(column) %}
case
    when {{ is_text(column) }} and {{ to_text(column) }} is null then null
    when {{ column }} is null then null
    else coalesce(
        try_cast({{ column }} as double),
        cast('NaN' as double)
    )
end
{%- endmacro %}
