{#- The run's first step: check the variables, then let the engine make one relation per log in
    schema `llm_usage_raw`. A wrong setting ends the run here, with one line that says what to mend. -#}
{% macro prepare_inputs() %}
    {%- if execute and flags.WHICH in ['build', 'run'] -%}
        {%- do check_variables() -%}
        {%- do adapter.dispatch('prepare_inputs')() -%}
    {%- endif -%}
{% endmacro %}

{#- What llm_usage/inputs.py is asked: the logs, and all that says what becomes of a record beside
    them. Python renders this macro too (llm_usage/spark.py): `var` and nothing of a database. -#}
{% macro prepare_request() %}
    {{- return({
        'gateways': var('gateways'),
        'absent_texts': absent_texts(),
        'stored_by_day_settings': {
            'reporting_time_zone': var('reporting_time_zone'),
            'week_starts_on': var('week_starts_on'),
            'duplicate_horizon_days': var('duplicate_horizon_days'),
            'max_usd_per_million_tokens': var('max_usd_per_million_tokens'),
            'max_usd_without_tokens': var('max_usd_without_tokens'),
            'counts_cell_accounts': var('min_cell_accounts') > 1,
        },
    }) -}}
{% endmacro %}

{#- DuckDB reads files itself: the function comes from llm_usage/dbt_plugin.py. -#}
{% macro duckdb__prepare_inputs() %}
    {%- set request = prepare_request() -%}
    {%- set query -%}
        select llm_usage_prepare('{{ tojson(request) | replace("'", "''") }}') as answer
    {%- endset -%}
    {%- set answer = fromjson(run_query(query).columns[0].values()[0]) -%}
    {%- if 'error' in answer -%}
        {%- do exceptions.raise_compiler_error(answer['error']) -%}
    {%- endif -%}
    {%- do run_query(answer['statements'] | join(';\n')) -%}
    {%- set built = adapter.get_relation(
        database=target.database, schema='intermediate', identifier='int_built_days'
    ) -%}
    {%- if built is none -%}
        {#- No build has ended here: what one left that was cut short counts for nothing. -#}
        {%- for left in stored_relations() -%}
            {%- do run_query('delete from ' ~ left) -%}
        {%- endfor -%}
    {%- elif flags.FULL_REFRESH -%}
        {#- Until all is built anew nothing counts as built: a full refresh may be cut short. -#}
        {%- do run_query("update " ~ built ~ " set fingerprint = 'being built'") -%}
    {%- endif -%}
{% endmacro %}

{#- Spark cannot call Python while SQL runs: `llm-usage prepare` has made the relations, and said for
    which settings. -#}
{% macro default__prepare_inputs() %}
    {%- set prepared = adapter.get_relation(
        database=target.database, schema='llm_usage_raw', identifier='_prepared'
    ) -%}
    {%- if prepared is none
        or run_query('select request from ' ~ prepared).columns[0].values()[0]
        != local_md5(tojson(prepare_request())) -%}
        {%- do exceptions.raise_compiler_error(
            'the logs are not prepared for these settings: run `llm-usage prepare --target '
            ~ target.name ~ '` with the same settings first, or `llm-usage build` for both'
        ) -%}
    {%- endif -%}
    {%- set built = adapter.get_relation(
        database=target.database, schema='intermediate', identifier='int_built_days'
    ) -%}
    {%- if built is not none and flags.FULL_REFRESH -%}
        {#- Until all is built anew nothing counts as built: a full refresh may be cut short. -#}
        {%- do adapter.drop_relation(built) -%}
    {%- elif built is none -%}
        {#- No build has ended here: what one left that was cut short counts for nothing. -#}
        {%- for left in stored_relations() -%}
            {%- do adapter.drop_relation(left) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{#- Runs statements one by one, for `llm-usage prepare`: whichever way the profile connects. -#}
{% macro run_statements(statements) %}
    {%- for statement in statements -%}
        {%- do run_query(statement) -%}
    {%- endfor -%}
{% endmacro %}

{#- The tables that are kept from build to build, as far as they are there. -#}
{% macro stored_relations() %}
    {%- set found = [] -%}
    {%- for node in graph.nodes.values() if node.config.materialized == 'incremental' -%}
        {%- do found.append(adapter.get_relation(
            database=target.database, schema=node.schema, identifier=node.alias
        )) -%}
    {%- endfor -%}
    {{- return(found | reject('none') | list) -}}
{% endmacro %}
