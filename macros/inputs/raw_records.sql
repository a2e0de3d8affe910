{#- The relation that holds a log's records as they are. The source stands for all logs of its
    format; each log has a relation of its own, named like the gateway. -#}
{% macro raw_records(format, gateway) %}
    {%- set records = source(format, 'records') -%}
    {%- if records.is_cte or gateway.name is none -%}
        {{- return(records) -}}
    {%- endif -%}
    {{- return(records.incorporate(path={'identifier': gateway.name})) -}}
{% endmacro %}
