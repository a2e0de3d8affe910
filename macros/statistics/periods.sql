{#- The first day of a date's week: Monday, or Sunday where the settings (or `first_day`) say so. -#}
{% macro week_start(date, first_day=none) -%}
{%- if (first_day or var('week_starts_on')) == 'sunday' -%}
cast({{ dbt.dateadd(
    'day', -1, dbt.date_trunc('week', dbt.dateadd('day', 1, date))
) }} as date)
{%- else -%}
cast({{ dbt.date_trunc('week', date) }} as date)
{%- endif -%}
{%- endmacro %}

{#- The first day of a date's month. -#}
{% macro month_start(date) -%}
cast({{ dbt.date_trunc('month', date) }} as date)
{%- endmacro %}

{#- Whether a week reaches past the last day that a population's data covers. -#}
{% macro is_partial_week(week_start, last_date) -%}
{{ last_date }} < cast({{ dbt.dateadd('day', 6, week_start) }} as date)
{%- endmacro %}

{#- The same of a month, given by any day of it. -#}
{% macro is_partial_month(date, last_date) -%}
{{ last_date }} < {{ dbt.last_day(date, 'month') }}
{%- endmacro %}

{#- How many months lie between the months of two dates. -#}
{% macro months_between(earlier, later) -%}
cast({{ dbt.datediff(earlier, later, 'month') | trim }} as {{ dbt.type_bigint() }})
{%- endmacro %}
