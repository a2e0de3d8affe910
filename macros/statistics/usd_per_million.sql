{#- What a million tokens cost; null where there are none. -#}
{% macro usd_per_million(spend_usd, tokens) -%}
cast({{ spend_usd }} as double) / nullif(cast({{ tokens }} as double), 0) * 1000000
{%- endmacro %}
