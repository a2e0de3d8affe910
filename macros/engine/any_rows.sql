{#- Whether a relation of this run holds a row; true while parsing. Only for incremental branches,
    which unit tests leave out. -#}
{% macro any_rows(relation) %}
    {%- if not execute -%}
        {{- return(true) -}}
    {%- endif -%}
    {%- set found = run_query('select count(*) from (select 1 from ' ~ relation ~ ' limit 1) as t') -%}
    {{- return(found.columns[0].values()[0] > 0) -}}
{% endmacro %}
