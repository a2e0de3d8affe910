{#- A seed's rows as one JSON text: dbt-spark's own puts a text between quotes as it is, quotes and
    backslashes and all, and needs a cast per cell. -#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set names = agate_table.column_names -%}
    {%- set rows = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set values = {} -%}
        {%- for name in names if row[name] is not none -%}
            {%- do values.update({name: row[name] | string}) -%}
        {%- endfor -%}
        {%- do rows.append(values) -%}
    {%- endfor -%}
    {%- set sql -%}
        insert into {{ this.render() }}
        select
            {% for name in names -%}
                cast(seed.{{ name }} as {{ types.get(name, 'string') }}) as {{ name }}{{ ', ' if not loop.last }}
            {%- endfor %}
        from (
            select explode(from_json(
                '{{ spark_text(tojson(rows)) }}',
                'array<struct<{% for name in names %}{{ name }}: string{{ ', ' if not loop.last }}{% endfor %}>>'
            )) as seed
        ) as rows
    {%- endset -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{ return(sql) }}
{% endmacro %}

{#- The inside of a text between single quotes. -#}
{% macro spark_text(text) %}
    {{- return(text | replace('\\', '\\\\') | replace("'", "\\'")) -}}
{% endmacro %}

{#- Texts of unit tests and constants: a doubled quote is no quote in Spark, but two texts. -#}
{% macro spark__escape_single_quotes(expression) -%}
{{ spark_text(expression) }}
{%- endmacro %}
