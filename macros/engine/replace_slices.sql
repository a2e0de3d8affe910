{#- The incremental strategy of all that is stored by day (or by file): whole slices are replaced.
    A model's `meta` names `slice_key`, the column that parts it into slices, and `slices`, the model
    that lists the slices to replace in a column of that name. A listed slice that comes out empty
    is thereby removed, which dbt's own delete+insert and insert_overwrite leave standing; null is
    a slice like any other. On DuckDB deleting and inserting are one transaction; on Spark they are
    not, and a build that is killed between them has left its days marked as unbuilt. -#}
{% macro get_incremental_replace_slices_sql(arg_dict) %}
    {{- adapter.dispatch('replace_slices')(
        arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['dest_columns'],
        config.meta_require('slice_key'), ref(config.meta_require('slices'))
    ) -}}
{% endmacro %}

{% macro duckdb__replace_slices(target, fresh, columns, slice_key, slices) %}
    {%- set names = columns | map(attribute='quoted') | join(', ') -%}
    delete from {{ target }}
    where exists (
        select 1
        from {{ slices }} as slices
        where slices.{{ slice_key }} is not distinct from {{ target.identifier }}.{{ slice_key }}
    );
    insert into {{ target }} ({{ names }})
    select {{ names }} from {{ fresh }}
{% endmacro %}

{#- Spark drops the partitions and inserts anew. A table whose slices are no partitions is written
    whole: Spark cannot overwrite what it reads from, so what stays is put aside meanwhile. -#}
{% macro default__replace_slices(target, fresh, columns, slice_key, slices) %}
    {%- set names = columns | map(attribute='quoted') | join(', ') -%}
    {%- if slice_partition() is not none -%}
        {%- set listed = run_query(
            'select distinct cast(' ~ slice_key ~ ' as string) as slice from ' ~ slices
        ).columns[0].values() -%}
        {%- set partitions = [] -%}
        {%- for slice in listed -%}
            {%- do partitions.append(
                'partition (' ~ slice_key ~ ' = '
                ~ ('null' if slice is none else "date '" ~ slice ~ "'") ~ ')'
            ) -%}
        {%- endfor -%}
        {%- if partitions -%}
            {%- do run_query(
                'alter table ' ~ target ~ ' drop if exists ' ~ partitions | join(', ')
            ) -%}
        {%- endif -%}
        insert into {{ target }}
        select {{ names }} from {{ fresh }}
    {%- else -%}
        {%- set kept = target.incorporate(path={'identifier': target.identifier ~ '__kept'}) -%}
        {%- do run_query('drop table if exists ' ~ kept) -%}
        {%- set query -%}
            create table {{ kept }} using parquet as
            select {{ names }} from {{ target }} as stored
            where not exists (
                select 1
                from {{ slices }} as slices
                where slices.{{ slice_key }} is not distinct from stored.{{ slice_key }}
            )
            union all
            select {{ names }} from {{ fresh }}
        {%- endset -%}
        {%- do run_query(query) -%}
        insert overwrite table {{ target }}
        select {{ names }} from {{ kept }}
    {%- endif -%}
{% endmacro %}
