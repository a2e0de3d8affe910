{#- Whether a format holds daily totals: its name says so by its ending. dbt must know while it
    parses, before any file can be read; llm_usage/formats.py holds formats to the same rule. -#}
{% macro is_daily_format(format) %}
    {{- return(
        format.endswith('_daily') or format.endswith('_usage') or format.endswith('_activity')
    ) -}}
{% endmacro %}

{#- The staging models to read: of every format that the settings name, and `always`. -#}
{% macro staging_models(grain, always) %}
    {%- set models = [always] -%}
    {%- for gateway in checked_gateways() -%}
        {%- set format = gateway['format'] -%}
        {%- if is_daily_format(format) == (grain == 'usage_daily') -%}
            {%- set model = 'stg_' ~ format ~ '__' ~ grain -%}
            {%- if model not in models -%}{%- do models.append(model) -%}{%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(models) -}}
{% endmacro %}
