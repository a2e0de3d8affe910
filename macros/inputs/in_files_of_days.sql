{#- The files that hold a day that a model lists: the engine then opens no other. Where there is none
    the condition is false, and no file is opened at all; the engine would find that out only after
    it has read them. -#}
{% macro in_files_of_days(days) -%}
{%- if any_rows(ref(days)) -%}
requests.read_file in (
    select input_days.read_file
    from {{ ref('int_input_days') }} as input_days
    inner join {{ ref(days) }} as listed_days
        on input_days.usage_date is not distinct from listed_days.usage_date
)
{%- else -%}
false
{%- endif -%}
{%- endmacro %}
