{{ config(materialized='table') }}

-- Elsewhere accounts can only come in addition.
with final as (
    select distinct {{ month_start('usage_date') }} as month_start
    from {{ ref('int_relabelled_days') }}
    where
        usage_date is not null
        and may_lose_accounts
)

select * from final
