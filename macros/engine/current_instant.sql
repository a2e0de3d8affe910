{#- The build's clock in UTC, one literal for the whole run: two models never put one record on two
    sides of it, and a view does not change its mind between builds. -#}
{% macro current_instant() -%}
cast(
    '{{ var("build_clock") or run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}'
    as {{ dbt.type_timestamp() }}
)
{%- endmacro %}

{#- The latest instant that a record may bear. -#}
{% macro latest_instant() -%}
{{ current_instant() }} + interval 1 day
{%- endmacro %}
