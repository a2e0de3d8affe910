{#- The relation that the last build left, or none: on the first build, on a full refresh, and
    while parsing. For the one question that only the past can answer: what has changed since? -#}
{% macro previous_build(model_name, schema) %}
    {%- if not execute or flags.FULL_REFRESH -%}
        {{- return(none) -}}
    {%- endif -%}
    {{- return(adapter.get_relation(
        database=target.database, schema=schema, identifier=model_name
    )) -}}
{% endmacro %}
