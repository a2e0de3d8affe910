{#- Whether a key is one of those that a finding is about: study_values joins several by ' + '. -#}
{% macro is_subject(key, subject='subject') -%}
' + ' || {{ subject }} || ' + ' like '% + ' || {{ key }} || ' + %'
{%- endmacro %}
