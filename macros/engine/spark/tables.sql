{#- What dbt-spark asks the project for when it makes a table. Parquet, whatever the cluster's own
    default is: what is replaced by partition is replaced alike everywhere. -#}
{% macro spark__file_format_clause() -%}
using {{ config.get('file_format') or 'parquet' }}
{%- endmacro %}

{#- What is stored by day, week or month is partitioned by it. -#}
{% macro spark__partition_cols(label, required=false) -%}
{%- set column = slice_partition() -%}
{%- if column is not none -%}
{{ label }} ({{ column }})
{%- endif -%}
{%- endmacro %}

{#- The partition column of the model at hand, or none. Slices by file are too many and too small
    to be partitions; int_input_days is rewritten instead. -#}
{% macro slice_partition() %}
    {%- set key = config.meta_get('slice_key', none) -%}
    {{- return(none if key == 'read_file' else key) -}}
{% endmacro %}

{#- dbt-spark knows its own strategies only. -#}
{% macro dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format) %}
    {{- return(raw_strategy) -}}
{% endmacro %}

{% macro dbt_spark_get_incremental_sql(
    strategy, source, target, existing, unique_key, incremental_predicates
) %}
    {%- if strategy == 'append' -%}
        {{- get_insert_into_sql(source, target) -}}
    {%- else -%}
        {{- get_incremental_replace_slices_sql({
            'target_relation': target, 'temp_relation': source,
            'dest_columns': adapter.get_columns_in_relation(target),
        }) -}}
    {%- endif -%}
{% endmacro %}
