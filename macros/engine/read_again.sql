{#- Between a CTE's `as` and its query: the query stands for the CTE wherever it is named. DuckDB
    else keeps what is named twice, in memory: of a log, every request. Spark never keeps it. -#}
{% macro read_again() %}{{ adapter.dispatch('read_again')() }}{% endmacro %}

{% macro duckdb__read_again() %}not materialized{% endmacro %}

{% macro default__read_again() %}{% endmacro %}
