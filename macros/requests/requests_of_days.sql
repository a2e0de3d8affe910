{#- The accepted requests of the days that a model lists, in build_request_columns(): from what this
    build has read of the log (int_build_requests), and the few days beyond that, where names are
    read otherwise or tags have come late, from the log itself. Ids and instants are there only
    where an id is repeated or has a tag. -#}
{% macro requests_of_days(days) %}
    {%- set columns = build_request_columns() | join(', ') -%}
    {%- do require_build_records() -%}
    {%- if not execute -%}
        {#- Named outside all conditions that hold later, so that dbt knows of them. -#}
        {%- for model in [days, 'int_read_days', 'int_input_days', 'int_requests_located'] -%}
            {%- do ref(model) -%}
        {%- endfor -%}
    {%- endif -%}
    select {{ columns }} from {{ ref('int_build_requests') }}
    {%- if is_incremental() %}
    where usage_date in (select usage_date from {{ ref(days) }})
    {%- endif %}
    {%- if is_incremental() and any_unread_days(days) %}
    union all
    select {{ columns }} from {{ ref('int_requests_located') }} as requests
    where
        usage_date not in (
            select usage_date
            from {{ ref('int_read_days') }}
            where usage_date is not null
        )
        and {{ in_build_days(days) }}
    {%- endif %}
{% endmacro %}

{#- Whether a list of days holds one that int_build_records has not read. -#}
{% macro any_unread_days(days) %}
    {%- if not execute or ref(days).is_cte -%}{{- return(false) -}}{%- endif -%}
    {%- set found = run_query(
        'select count(*) from ' ~ ref(days) ~ ' as days left join ' ~ ref('int_read_days')
        ~ ' as read_days '
        ~ 'on days.usage_date = read_days.usage_date '
        ~ 'where days.usage_date is not null and read_days.usage_date is null'
    ) -%}
    {{- return(found.columns[0].values()[0] > 0) -}}
{% endmacro %}

{#- What int_build_records holds is of one run and gone after it: a model that reads it must run in
    the same one, or it would replace days by nothing. -#}
{% macro require_build_records() %}
    {%- if execute and flags.WHICH in ['build', 'run']
        and 'model.llm_usage.int_build_records' not in selected_resources -%}
        {%- do exceptions.raise_compiler_error(
            model.name ~ ' is built from the records that the same run reads: select +'
            ~ model.name ~ ', or build all'
        ) -%}
    {%- endif -%}
{% endmacro %}
