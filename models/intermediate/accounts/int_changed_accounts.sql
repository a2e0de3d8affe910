{{ config(materialized='table') }}

{%- set previous = previous_build('int_built_accounts', 'intermediate') %}

-- Without an earlier build every day is built, with the countries as they are.
with accounts as (
    select
        gateway,
        account_id,
        country_code
    from {{ ref('int_account_countries') }}
    {% if previous is none %}
        where false
    {% endif %}
),

built_accounts as (
    {% if previous is none %}
        select * from accounts
    {% else %}
        select
            gateway,
            account_id,
            country_code
        from {{ previous }}
    {% endif %}
),

-- An account that no build has seen has no request on a day that stands.
compared as (
    select
        built_accounts.gateway,
        built_accounts.account_id,
        case
            when accounts.country_code = built_accounts.country_code then 'none'
            when accounts.country_code is null and built_accounts.country_code is null then 'none'
            when built_accounts.country_code is null then 'added'
            when accounts.country_code is null then 'removed'
            else 'changed'
        end as change
    from built_accounts
    left join accounts
        on built_accounts.gateway = accounts.gateway
        and built_accounts.account_id = accounts.account_id
),

final as (
    select
        gateway,
        account_id,
        change
    from compared
    where change <> 'none'
)

select * from final
