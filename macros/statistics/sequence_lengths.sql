{#- The kinds of tokens whose length per request is measured, and the percentiles of each. -#}
{% macro length_kinds() %}
    {{- return(['prompt_tokens', 'completion_tokens', 'tokens']) -}}
{% endmacro %}

{% macro length_percentiles() %}
    {{- return([50, 90, 99]) -}}
{% endmacro %}

{#- The CTEs from a relation of requests (keys and the kinds of tokens) to CTE `lengths`: per keys
    the requests, the sum of each kind (a mean is that by the requests) and its percentiles. -#}
{% macro sequence_length_ctes(relation, keys) -%}
{%- set fractions = [] -%}
{%- for percentile in length_percentiles() -%}
    {%- do fractions.append(percentile / 100) -%}
{%- endfor -%}
measured as (
    select
        {{ keys | join(', ') }},
        count(*) as requests,
        {% for kind in length_kinds() -%}
            {{ sum_count(kind) }} as {{ kind }},
            {{ percentiles(kind, fractions) }} as {{ kind }}_percentiles{{ ',' if not loop.last }}
        {% endfor %}
    from {{ relation }}
    group by {{ keys | join(', ') }}
),

lengths as (
    select
        {{ keys | join(', ') }},
        requests,
        {% for kind in length_kinds() -%}
            {{ kind }},
            {% for percentile in length_percentiles() -%}
                {{ list_item(kind ~ '_percentiles', loop.index) }} as {{ kind }}_p{{ percentile }}
                {{- ',' if not loop.last }}
            {% endfor %}
            {{- ',' if not loop.last }}
        {% endfor %}
    from measured
)
{%- endmacro %}
