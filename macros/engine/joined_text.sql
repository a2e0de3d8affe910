{#- The texts of a group in one, separated, in a stated order (which must leave no tie). -#}
{% macro joined_text(text, separator, order_by) %}
    {{- adapter.dispatch('joined_text')(text, separator, order_by) -}}
{% endmacro %}

{% macro default__joined_text(text, separator, order_by) -%}
listagg({{ text }}, '{{ separator }}') within group (order by {{ order_by }})
{%- endmacro %}

{% macro duckdb__joined_text(text, separator, order_by) -%}
string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}
