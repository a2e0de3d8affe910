{{ config(
    materialized='incremental',
    meta={'slice_key': 'usage_date', 'slices': 'int_audience_days'},
) }}

-- depends_on: {{ ref('int_audience_days') }}
-- depends_on: {{ ref('int_input_days') }}

-- Only where cells with few accounts are suppressed: then every cell's accounts must be known.
with requests as (
    select * from {{ ref('int_requests_accepted') }}
    {% if var('min_cell_accounts') == 1 %}
        where false
    {% endif %}
),

accounts as (
    select * from {{ ref('stg_accounts__countries') }}
),

requests_to_count as (
    select
        population,
        gateway,
        usage_date,
        raw_model,
        account_id,
        country_code,
        language
    from requests
    where
        account_id is not null
        {% if is_incremental() %}
            and {{ in_build_days('int_audience_days') }}
        {% endif %}
),

final as (
    select distinct
        requests_to_count.population,
        requests_to_count.usage_date,
        requests_to_count.raw_model,
        requests_to_count.account_id,
        upper(coalesce(requests_to_count.country_code, accounts.country_code)) as country_code,
        requests_to_count.language
    from requests_to_count
    left join accounts
        on requests_to_count.gateway = accounts.gateway
        and requests_to_count.account_id = accounts.account_id
)

select * from final
