{#- The part of a day-stored model's input that an incremental run reads: the files that hold a day
    to build, and of them only those days. -#}
{% macro in_build_days(days='int_build_days') -%}
{{ in_files_of_days(days) }}
and exists (
    select 1
    from {{ ref(days) }} as build_days
    where build_days.usage_date is not distinct from requests.usage_date
)
{%- endmacro %}
