{#- A record (a struct, from record_of) as JSON, cut to 10,000 characters. -#}
{% macro record_as_text(record) %}{{ adapter.dispatch('record_as_text')(record) }}{% endmacro %}

{% macro default__record_as_text(record) -%}
substring(to_json({{ record }}, map('ignoreNullFields', 'false')), 1, 10000)
{%- endmacro %}

{% macro duckdb__record_as_text(record) -%}
substring(cast(to_json({{ record }}) as varchar), 1, 10000)
{%- endmacro %}
