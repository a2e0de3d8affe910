{#- A format of one's own needs no line here: the settings name it. -#}
{% for model in staging_models('requests', always='stg_table__requests') -%}
    select {{ request_columns() | join(', ') }}
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
{% endfor %}
