{{ config(materialized='table') }}

with accounts as (
    select * from {{ ref('int_accounts_validated') }}
    where not is_rejected
),

final as (
    select
        population,
        gateway,
        account_id,
        min(country_code) as country_code
    from accounts
    group by population, gateway, account_id
)

select * from final
