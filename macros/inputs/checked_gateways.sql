{#- The entries of `gateways`, or an error where it is no list of entries: dbt must read them while it
    parses, before llm_usage/settings.py can check them in full. -#}
{% macro checked_gateways() %}
    {%- set entries = var('gateways') -%}
    {%- if entries is none or entries is string or entries is mapping or entries is not iterable -%}
        {%- do exceptions.raise_compiler_error(
            'gateways: needs a list with at least one log (name, format, location)'
        ) -%}
    {%- endif -%}
    {%- for entry in entries -%}
        {%- if entry is not mapping or entry.get('format') is not string -%}
            {%- do exceptions.raise_compiler_error(
                'gateways, entry ' ~ loop.index ~ ': needs keys name, format and location'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(entries) -}}
{% endmacro %}
