{{ config(
    materialized='incremental',
    meta={'slice_key': 'usage_date', 'slices': 'int_audience_days'},
) }}

-- depends_on: {{ ref('int_audience_days') }}
-- depends_on: {{ ref('int_input_days') }}

-- Only where cells with few accounts are suppressed: then every cell's accounts must be known.
with requests as (
    select * from {{ ref('int_requests_located') }}
    {% if var('min_cell_accounts') == 1 %}
        where false
    {% endif %}
),

final as (
    select distinct
        population,
        usage_date,
        raw_model,
        account_id,
        country_code,
        language,
        provider,
        is_byok,
        billed_usd is not null as is_billed
    from requests
    where
        account_id is not null
        {% if is_incremental() %}
            and {{ in_build_days('int_audience_days') }}
        {% endif %}
)

select * from final
