{#- The author's folder of a model id; the tilde of `~author/latest` is no part of it. -#}
{% macro author_of(model_id) -%}
replace(split_part({{ model_id }}, '/', 1), '~', '')
{%- endmacro %}
