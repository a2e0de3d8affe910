{{ config(
    materialized='incremental',
    meta={'slice_key': 'month_start', 'slices': 'int_build_months'},
) }}

-- depends_on: {{ ref('int_build_months') }}

with requests as (
    {{ requests_of_days('int_build_months') }}
),

-- Names that could not be read are no model that one could come back to.
labels as (
    select distinct
        raw_model,
        usage_date,
        model_id
    from {{ ref('int_labels_daily') }}
    where model_id <> 'unknown'
),

requests_of_accounts as (
    select
        population,
        usage_date,
        raw_model,
        account_id
    from requests
    where account_id is not null
),

final as (
    select distinct
        requests_of_accounts.population,
        {{ month_start('requests_of_accounts.usage_date') }} as month_start,
        labels.model_id,
        requests_of_accounts.account_id
    from requests_of_accounts
    inner join labels
        on requests_of_accounts.raw_model = labels.raw_model
        and requests_of_accounts.usage_date = labels.usage_date
)

select * from final
