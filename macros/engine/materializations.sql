{#- On DuckDB a statement of DDL is part of the transaction, so what is built takes the place of the
    old at once. dbt builds under another name and renames twice instead, and DuckDB reads a view
    anew, with all that it stands on, each time: with small logs that took a tenth of a build. -#}
{% materialization view, adapter='duckdb' %}
    {%- set relation = replaced_relation('view') -%}
    {%- call statement('main') -%}
        {{ create_view_as(relation, sql) }}
    {%- endcall -%}
    {{- return(built_relation(relation)) -}}
{% endmaterialization %}

{% materialization table, adapter='duckdb' %}
    {%- set relation = replaced_relation('table') -%}
    {%- call statement('main') -%}
        {{ create_table_as(False, relation, compiled_code, 'sql') }}
    {%- endcall -%}
    {{- return(built_relation(relation)) -}}
{% endmaterialization %}

{#- Begins: runs what comes before, and drops the old within the transaction. -#}
{% macro replaced_relation(type) %}
    {%- set existing = load_cached_relation(this) -%}
    {{- run_hooks(pre_hooks, inside_transaction=False) -}}
    {{- run_hooks(pre_hooks, inside_transaction=True) -}}
    {%- if existing is not none -%}
        {%- call statement('drop_existing') -%}
            drop {{ existing.type }} if exists {{ existing }} cascade
        {%- endcall -%}
    {%- endif -%}
    {{- return(this.incorporate(type=type)) -}}
{% endmacro %}

{#- Ends: runs what comes after, and commits. -#}
{% macro built_relation(relation) %}
    {{- run_hooks(post_hooks, inside_transaction=True) -}}
    {%- do persist_docs(relation, model) -%}
    {%- do adapter.commit() -%}
    {{- run_hooks(post_hooks, inside_transaction=False) -}}
    {{- return({'relations': [relation]}) -}}
{% endmacro %}
