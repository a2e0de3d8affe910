{{ config(materialized='table') }}

{%- set built = previous_build('int_built_accounts', 'intermediate') %}
{%- set unlocated = previous_build('int_unlocated_accounts', 'intermediate') %}

-- Without an earlier build every day is built, with the countries as they are.
with accounts as (
    select
        gateway,
        account_id,
        country_code
    from {{ ref('int_account_countries') }}
    {% if built is none %}
        where false
    {% endif %}
),

built_accounts as (
    {% if built is none %}
        select * from accounts
    {% else %}
        select
            gateway,
            account_id,
            country_code
        from {{ built }}
    {% endif %}
),

unlocated_accounts as (
    {% if unlocated is none %}
        select
            gateway,
            account_id
        from accounts
        where false
    {% else %}
        select
            gateway,
            account_id
        from {{ unlocated }}
    {% endif %}
),

compared as (
    select
        coalesce(accounts.gateway, built_accounts.gateway) as gateway,
        coalesce(accounts.account_id, built_accounts.account_id) as account_id,
        case
            when built_accounts.account_id is null then 'added'
            when accounts.account_id is null then 'removed'
            when accounts.country_code <> built_accounts.country_code then 'changed'
        end as change
    from accounts
    full outer join built_accounts
        on accounts.gateway = built_accounts.gateway
        and accounts.account_id = built_accounts.account_id
),

-- A new account that was never seen without a country has no request on a day that is built.
final as (
    select
        compared.gateway,
        compared.account_id,
        compared.change
    from compared
    left join unlocated_accounts
        on compared.gateway = unlocated_accounts.gateway
        and compared.account_id = unlocated_accounts.account_id
    where
        compared.change in ('removed', 'changed')
        or (compared.change = 'added' and unlocated_accounts.account_id is not null)
)

select * from final
