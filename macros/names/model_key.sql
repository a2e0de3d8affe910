{#- One spelling for the many of a model's slug: `Llama-v3p1-8B`, `llama3.1:8b` and `llama-3.1-8b`
    are all `llama3-1-8b`. llm_usage/registry/names.py takes the same steps in Python. -#}
{% macro model_key(slug) -%}
{%- set decimal_point = regexp_replace_all('lower(' ~ slug ~ ')', '([0-9])p([0-9])', '$1.$2') -%}
{%- set dashed = regexp_replace_all(decimal_point, '[^a-z0-9]+', '-') -%}
{%- set unmarked = regexp_replace_all(dashed, '-v([0-9])', '-$1') -%}
{%- set joined = regexp_replace_all(unmarked, '([a-z])-([0-9])', '$1$2') -%}
{{ regexp_replace_all(joined, '^-+|-+$', '') }}
{%- endmacro %}
