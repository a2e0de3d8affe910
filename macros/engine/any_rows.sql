{#- Whether a relation of this run holds a row; true while parsing and in unit tests, whose rows no
    query can ask for. -#}
{% macro any_rows(relation) %}
    {%- if not execute or relation.is_cte -%}
        {{- return(true) -}}
    {%- endif -%}
    {%- set found = run_query('select count(*) from (select 1 from ' ~ relation ~ ' limit 1) as t') -%}
    {{- return(found.columns[0].values()[0] > 0) -}}
{% endmacro %}
