{#- The files that hold a day to read: the engine then opens no other. Where there is none the
    condition is false, and no file is opened at all. -#}
{% macro in_read_files() -%}
{%- if any_rows(ref('int_read_days')) -%}
requests.read_file in (
    select input_days.read_file
    from {{ ref('int_input_days') }} as input_days
    inner join {{ ref('int_read_days') }} as read_days
        on input_days.usage_date is not distinct from read_days.usage_date
)
{%- else -%}
false
{%- endif -%}
{%- endmacro %}
