{#- A table of one run, on DuckDB a Parquet file beside the warehouse: it is written in half the time
    of a table, and the warehouse does not keep the room it took. `empty_scratch` ends it. -#}
{% materialization scratch, adapter='duckdb' %}
    {%- set file = scratch_file(this.identifier) -%}
    {%- set relation = this.incorporate(type='view') -%}
    {%- call statement('main') -%}
        copy (
            {{ sql }}
        ) to '{{ file }}' (format parquet, compression lz4_raw)
    {%- endcall -%}
    {%- call statement('view') -%}
        create or replace view {{ relation }} as
        from read_parquet('{{ file }}')
    {%- endcall -%}
    {%- do adapter.commit() -%}
    {{- return({'relations': [relation]}) -}}
{% endmaterialization %}

{% macro scratch_file(name) %}
    {%- set folder = run_query("select getvariable('llm_usage_landing')").columns[0].values()[0] -%}
    {{- return((folder ~ '/' ~ name ~ '.parquet') | replace("'", "''")) -}}
{% endmacro %}

{#- The run's last step. The table stays, empty: what is tested against its columns still finds them. -#}
{% macro empty_scratch() %}
    {%- if execute and flags.WHICH in ['build', 'run'] -%}
        {%- do adapter.dispatch('empty_scratch')() -%}
    {%- endif -%}
{% endmacro %}

{% macro duckdb__empty_scratch() %}
    {%- for node in graph.nodes.values() if node.config.materialized == 'scratch' -%}
        {%- set relation = adapter.get_relation(
            database=target.database, schema=node.schema, identifier=node.alias
        ) -%}
        {%- if relation is not none -%}
            {%- do run_query(
                'copy (from ' ~ relation ~ " limit 0) to '" ~ scratch_file(node.alias)
                ~ "' (format parquet)"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{% macro default__empty_scratch() %}
    {%- for node in graph.nodes.values() if node.name == 'int_build_records' -%}
        {%- do run_query('truncate table ' ~ node.relation_name) -%}
    {%- endfor -%}
{% endmacro %}
