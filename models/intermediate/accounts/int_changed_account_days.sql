{{ config(
    materialized='table',
    post_hook='{{ mark_days_as_unbuilt(this) }}',
) }}

with changed_accounts as (
    select * from {{ ref('int_changed_accounts') }}
),

input_days as (
    select * from {{ ref('int_input_days') }}
),

build_days as (
    select * from {{ ref('int_build_days') }}
),

-- The one reading of days that may stay as they are: only where an account has changed.
requests as (
    select * from {{ ref('int_requests_accepted') }}
    {% if not any_rows(ref('int_changed_accounts')) %}
        where false
    {% endif %}
),

-- The days to build are built with the countries as they are now.
other_days as (
    select
        input_days.read_file,
        input_days.usage_date
    from input_days
    left join build_days on input_days.usage_date = build_days.usage_date
    where build_days.usage_date is null
),

final as (
    select distinct requests.usage_date
    from requests
    inner join changed_accounts
        on requests.gateway = changed_accounts.gateway
        and requests.account_id = changed_accounts.account_id
    where
        requests.country_code is null
        and requests.read_file in (select other_days.read_file from other_days)
        and requests.usage_date in (select other_days.usage_date from other_days)
)

select * from final
