{#- Whether a relation of this run holds a row; true where none can be asked for: while parsing, in
    unit tests, and where a model is compiled alone. -#}
{% macro any_rows(relation) %}
    {%- if not execute or relation.is_cte or adapter.get_relation(
        database=relation.database, schema=relation.schema, identifier=relation.identifier
    ) is none -%}
        {{- return(true) -}}
    {%- endif -%}
    {%- set found = run_query('select count(*) from (select 1 from ' ~ relation ~ ' limit 1) as t') -%}
    {{- return(found.columns[0].values()[0] > 0) -}}
{% endmacro %}
