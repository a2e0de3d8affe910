{#- A figure for readers: whole numbers for what is counted, four decimals for the rest. -#}
{% macro figure_text(value) -%}
case
    when unit in ('share', 'share_of_weeks', 'ratio', 'slope', 'confidence', 'usd_per_million',
        'trillion_tokens', 'log10_million_tokens')
        then cast(cast({{ value }} as decimal(38, 4)) as {{ dbt.type_string() }})
    else cast(cast(round({{ value }}) as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }})
end
{%- endmacro %}
