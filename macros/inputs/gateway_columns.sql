{#- The first columns of every staging model: whose record it is and where it stands. -#}
{% macro gateway_columns(gateway) %}
    cast('{{ gateway.get("population", "own") }}' as {{ dbt.type_string() }}) as population,
    cast('{{ gateway.name }}' as {{ dbt.type_string() }}) as gateway,
    cast(read_file as {{ dbt.type_string() }}) as read_file,
    cast(source_row as {{ dbt.type_bigint() }}) as source_row,
    cast(source_error as {{ dbt.type_string() }}) as source_error
{%- endmacro %}
