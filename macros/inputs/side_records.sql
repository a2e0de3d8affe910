{#- The entries of `gateways` that name a side input (`tags`, `accounts`). Without one, an entry
    without a name stands in, as in gateways_of. -#}
{% macro gateways_with(side_input) %}
    {%- set found = [] -%}
    {%- for gateway in checked_gateways() if gateway.get(side_input) is mapping -%}
        {%- do found.append(gateway) -%}
    {%- endfor -%}
    {{- return(found or [{'name': none, side_input: {'sampling_rate': 'null'}}]) -}}
{% endmacro %}

{#- The relation that holds the records of a gateway's side input as they are. -#}
{% macro side_records(side_input, table, gateway) %}
    {%- set records = source(side_input, table) -%}
    {%- if records.is_cte or gateway.name is none -%}
        {{- return(records) -}}
    {%- endif -%}
    {{- return(records.incorporate(
        path={'identifier': '__' ~ side_input ~ '_' ~ gateway.name}
    )) -}}
{% endmacro %}
