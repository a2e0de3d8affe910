{{ config(materialized='table') }}

-- Written after all that asks for it or holds a country by day, as int_built_days is.
-- depends_on: {{ ref('int_changed_account_days') }}
-- depends_on: {{ ref('int_audience_daily') }}
-- depends_on: {{ ref('int_account_days') }}
-- depends_on: {{ ref('int_unlocated_accounts') }}

with accounts as (
    select * from {{ ref('int_account_countries') }}
),

final as (
    select
        gateway,
        account_id,
        country_code
    from accounts
)

select * from final
