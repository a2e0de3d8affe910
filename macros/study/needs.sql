{#- Whether a finding needs something of a log: one word of its comma-separated list. -#}
{% macro needs(word) -%}
', ' || needs || ',' like '%, {{ word }},%'
{%- endmacro %}
