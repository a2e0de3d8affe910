{#- The build's clock in UTC. Used for one thing only: to reject records of the future. -#}
{% macro current_instant() %}
    {%- if var('build_clock') is not none -%}
        cast('{{ var("build_clock") }}' as {{ dbt.type_timestamp() }})
    {%- else -%}
        {{- adapter.dispatch('current_instant')() -}}
    {%- endif -%}
{% endmacro %}

{#- The session's zone is UTC (profiles.yml). -#}
{% macro default__current_instant() %}current_timestamp{% endmacro %}

{% macro duckdb__current_instant() %}timezone('UTC', now()){% endmacro %}
