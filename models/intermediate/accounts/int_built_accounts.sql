{{ config(materialized='table') }}

-- Written after all that asks for it or holds a country by day, as int_built_days is.
-- depends_on: {{ ref('int_changed_account_days') }}
-- depends_on: {{ ref('int_audience_daily') }}
-- depends_on: {{ ref('int_account_days') }}

with accounts as (
    select * from {{ ref('int_account_countries') }}
),

unlocated_accounts as (
    select * from {{ ref('int_unlocated_accounts') }}
),

known as (
    select
        gateway,
        account_id,
        country_code
    from accounts
    union all
    select
        gateway,
        account_id,
        null as country_code
    from unlocated_accounts
),

final as (
    select
        gateway,
        account_id,
        max(country_code) as country_code
    from known
    group by gateway, account_id
)

select * from final
