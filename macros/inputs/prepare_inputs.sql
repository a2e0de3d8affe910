{#- The run's first step: check the variables, then let the engine make one relation per log in
    schema `llm_usage_raw`. A wrong setting ends the run here, with one line that says what to mend. -#}
{% macro prepare_inputs() %}
    {%- if execute and flags.WHICH in ['build', 'run'] -%}
        {%- do check_variables() -%}
        {%- do adapter.dispatch('prepare_inputs')() -%}
    {%- elif execute and flags.WHICH == 'seed' -%}
        {%- do adapter.dispatch('forget_complete_build')() -%}
    {%- endif -%}
{% endmacro %}

{#- Seeds that are loaded alone may not be those that the tables were built from
    (llm_usage/unchanged.py). A build or run forgets by making the schema anew. -#}
{% macro duckdb__forget_complete_build() %}
    {%- do run_query('drop table if exists llm_usage_raw._complete_build') -%}
{% endmacro %}

{% macro default__forget_complete_build() %}{% endmacro %}

{#- DuckDB reads files itself: the function comes from llm_usage/dbt_plugin.py. -#}
{% macro duckdb__prepare_inputs() %}
    {%- set request = {
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
    } -%}
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
        {%- for node in graph.nodes.values() if node.config.materialized == 'incremental' -%}
            {%- set left = adapter.get_relation(
                database=target.database, schema=node.schema, identifier=node.alias
            ) -%}
            {%- if left is not none -%}
                {%- do run_query('delete from ' ~ left) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- elif flags.FULL_REFRESH -%}
        {#- Until all is built anew nothing counts as built: a full refresh may be cut short. -#}
        {%- do run_query("update " ~ built ~ " set fingerprint = 'being built'") -%}
    {%- endif -%}
{% endmacro %}
