{#- A record (a struct, from record_of) as JSON, cut to 10,000 characters. Fields without a value are
    left out: a union gives the records of every format the fields of all formats. -#}
{% macro record_as_text(record) %}{{ adapter.dispatch('record_as_text')(record) }}{% endmacro %}

{% macro default__record_as_text(record) -%}
substring({{ record }}, 1, 10000)
{%- endmacro %}

{% macro duckdb__record_as_text(record) -%}
substring(cast(json_merge_patch('{}', to_json({{ record }})) as varchar), 1, 10000)
{%- endmacro %}
