{{ config(
    materialized='table',
    post_hook='{{ mark_days_as_unbuilt(this) }}',
) }}

with changed_accounts as (
    select * from {{ ref('int_changed_accounts') }}
),

requests as (
    select * from {{ ref('int_requests_accepted') }}
    {% if not any_rows(ref('int_changed_accounts')) %}
        where false
    {% endif %}
),

final as (
    select distinct requests.usage_date
    from requests
    inner join changed_accounts
        on requests.gateway = changed_accounts.gateway
        and requests.account_id = changed_accounts.account_id
    where requests.country_code is null
)

select * from final
