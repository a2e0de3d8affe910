{#- Money and shares add up exactly: sums of doubles differ in their last digits from run to run.
    18 decimals hold a millionth of the cheapest token's price; 20 digits before the point are
    left. -#}
{% macro exact_type() %}decimal(38, 18){% endmacro %}

{% macro sum_exact(expression) -%}
cast(sum(cast({{ expression }} as {{ exact_type() }})) as double)
{%- endmacro %}

{#- Counts add up to bigint: DuckDB's own sum is wider, and Parquet would store it as double. -#}
{% macro sum_count(expression) -%}
cast(sum({{ expression }}) as {{ dbt.type_bigint() }})
{%- endmacro %}
