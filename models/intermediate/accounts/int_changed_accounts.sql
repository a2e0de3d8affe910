{{ config(materialized='table') }}

{%- set built = previous_build('int_built_accounts', 'intermediate') %}

-- Without a build before this one every day is built anyway, with the countries as they are.
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

arrived as (
    select * from accounts
    except
    select * from built_accounts
),

gone as (
    select * from built_accounts
    except
    select * from accounts
),

final as (
    select
        gateway,
        account_id
    from arrived
    union
    select
        gateway,
        account_id
    from gone
)

select * from final
