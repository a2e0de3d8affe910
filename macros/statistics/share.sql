{#- A measure as a fraction of its sum over a partition; null where that sum is 0 or null. -#}
{% macro share(measure, partition) -%}
cast({{ measure }} as double)
    / nullif(cast(sum({{ measure }}) over (partition by {{ partition }})
        as double), 0)
{%- endmacro %}
