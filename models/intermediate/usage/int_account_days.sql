{{ config(
    materialized='incremental',
    meta={'slice_key': 'usage_date', 'slices': 'int_audience_days'},
) }}

-- depends_on: {{ ref('int_audience_days') }}

{%- set grain = [
    'population', 'usage_date', 'raw_model', 'account_id', 'country_code', 'language', 'provider',
    'is_byok',
] %}

-- Only where cells with few accounts are suppressed: then every cell's accounts must be known.
with requests as (
    {{ requests_of_days('int_audience_days') }}
),

finish_reasons as (
    select * from {{ ref('stg_requests__finish_reasons') }}
),

final as (
    select
        {% for column in grain -%}
            requests.{{ column }},
        {% endfor -%}
        requests.billed_usd is not null as is_billed,
        bool_or(coalesce(finish_reasons.finish_reason = 'tool_calls', false)) as has_tool_calls
    from requests
    left join finish_reasons on requests.finish_reason = finish_reasons.raw_finish_reason
    where
        requests.account_id is not null
        {% if var('min_cell_accounts') == 1 %}
            and false
        {% endif %}
    group by
        {% for column in grain -%}
            requests.{{ column }},
        {% endfor -%}
        requests.billed_usd is not null
)

select * from final
