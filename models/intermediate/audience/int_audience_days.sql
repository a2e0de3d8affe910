{{ config(materialized='table') }}

-- Where the log has no country the account's stands in: what is stored by country is built again
-- not only where the log has changed, but also where the countries of its accounts have.
with build_days as (
    select * from {{ ref('int_build_days') }}
),

changed_account_days as (
    select * from {{ ref('int_changed_account_days') }}
),

final as (
    select usage_date from build_days
    union
    select usage_date from changed_account_days
)

select * from final
