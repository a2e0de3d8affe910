{#- Prints what a build has made: records per log, rows per mart. Run by `llm-usage build`. -#}
{% macro print_build() %}
    {%- set marts = [] -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.config.materialized == 'table'
        and node.fqn[1] == 'marts' -%}
        {%- do marts.append(node) -%}
    {%- endfor -%}
    {%- set logs -%}
        select
            gateway,
            population,
            sum(raw_records),
            sum(accepted_records),
            sum(rejected_records),
            sum(duplicate_records),
            cast(min(case when accepted_records > 0 then usage_date end) as string),
            cast(max(case when accepted_records > 0 then usage_date end) as string)
        from {{ target.schema }}.data_quality_daily
        group by gateway, population
        order by gateway, population
    {%- endset -%}
    {%- for row in run_query(logs).rows -%}
        {%- do print(
            '{} ({}): {:,} records = {:,} accepted + {:,} rejected + {:,} duplicates, {} to {}'
            .format(row[0], row[1], row[2] | int, row[3] | int, row[4] | int, row[5] | int, row[6], row[7])
        ) -%}
    {%- endfor -%}
    {%- set counts = [] -%}
    {%- for node in marts -%}
        {%- do counts.append(
            "select '" ~ node.name ~ "' as name, count(*) as row_count from " ~ node.schema ~ '.' ~ node.alias
        ) -%}
    {%- endfor -%}
    {%- for row in run_query(counts | join(' union all ') ~ ' order by name').rows -%}
        {%- do print('  {:<30} {:>9,} rows'.format(row[0], row[1] | int)) -%}
    {%- endfor -%}
{% endmacro %}
