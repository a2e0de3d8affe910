{#- Texts that loggers write where they have no value, lower-case. -#}
{% macro absent_texts() %}
    {{- return(['', 'none', 'null', '-']) -}}
{% endmacro %}
