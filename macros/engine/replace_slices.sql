{#- The incremental strategy of all that is stored by day (or by file): whole slices are replaced.
    A model's `meta` names `slice_key`, the column that parts it into slices, and `slices`, the model
    that lists the slices to replace in a column of that name. A listed slice that comes out empty
    is thereby removed, which dbt's own delete+insert and insert_overwrite leave standing; null is
    a slice like any other. Deleting and inserting are one transaction. -#}
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
