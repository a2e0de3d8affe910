{{ config(
    materialized='incremental',
    meta={'slice_key': 'usage_date', 'slices': 'int_build_days'},
) }}

-- depends_on: {{ ref('int_build_days') }}
-- depends_on: {{ ref('int_input_days') }}

-- Only where cells with few accounts are suppressed: then every cell's accounts must be known.
with requests as (
    select * from {{ ref('int_requests_accepted') }}
    {% if var('min_cell_accounts') == 1 %}
        where false
    {% endif %}
),

finish_reasons as (
    select * from {{ ref('stg_requests__finish_reasons') }}
),

final as (
    select
        requests.population,
        requests.usage_date,
        requests.raw_model,
        requests.account_id,
        bool_or(coalesce(finish_reasons.finish_reason = 'tool_calls', false)) as has_tool_calls
    from requests
    left join finish_reasons on requests.finish_reason = finish_reasons.raw_finish_reason
    where
        requests.account_id is not null
        {% if is_incremental() %}
            and {{ in_build_days() }}
        {% endif %}
    group by
        requests.population, requests.usage_date, requests.raw_model, requests.account_id
)

select * from final
