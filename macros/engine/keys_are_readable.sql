{#- Whether this session reads keys of people as their hashes, rather than as null (it has no salt). -#}
{% macro keys_are_readable() %}{{ adapter.dispatch('keys_are_readable')() }}{% endmacro %}

{% macro default__keys_are_readable() -%}
(select keys_are_readable from llm_usage_raw._salt)
{%- endmacro %}

{% macro duckdb__keys_are_readable() %}getvariable('llm_usage_salt') is not null{% endmacro %}
