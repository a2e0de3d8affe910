{#- Every match of a pattern replaced. Patterns must read the same in RE2 and Java: no lookaround,
    no backslash (write [.] and [0-9]); groups are $1, $2 in the replacement. -#}
{% macro regexp_replace_all(text, pattern, replacement) %}
    {{- adapter.dispatch('regexp_replace_all')(text, pattern, replacement) -}}
{% endmacro %}

{% macro default__regexp_replace_all(text, pattern, replacement) -%}
regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}

{% macro duckdb__regexp_replace_all(text, pattern, replacement) -%}
regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement | replace("$", "\\") }}', 'g')
{%- endmacro %}
