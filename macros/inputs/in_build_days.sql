{#- The part of a day-stored model's input that an incremental run reads: the files that hold a day
    to build, and of them only those days. Files first: the engine then opens no other. Where there
    is no day to build the condition is false, and no file is opened at all; the engine would find
    that out only after it has read them. -#}
{% macro in_build_days(days='int_build_days') -%}
{%- if not any_rows(ref(days)) -%}
false
{%- else -%}
read_file in (
    select input_days.read_file
    from {{ ref('int_input_days') }} as input_days
    inner join {{ ref(days) }} as build_days
        on input_days.usage_date is not distinct from build_days.usage_date
)
and exists (
    select 1
    from {{ ref(days) }} as build_days
    where build_days.usage_date is not distinct from requests.usage_date
)
{%- endif -%}
{%- endmacro %}
