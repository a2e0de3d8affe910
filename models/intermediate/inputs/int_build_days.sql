{{ config(
    materialized='table',
    post_hook='{{ mark_days_as_unbuilt(this) }}',
) }}

-- depends_on: {{ ref('int_contended_days') }}

{%- set built = previous_build('int_built_days', 'intermediate') %}
{%- set previous = previous_build('int_request_duplicates', 'intermediate') %}
{%- set columns = 'gateway, usage_date, request_id, read_file, source_row, better_usage_date' %}

with changed_days as (
    select * from {{ ref('int_changed_days') }}
),

judged_duplicates as (
    select * from {{ ref('int_judged_duplicates') }}
),

stored_duplicates as (
    {% if previous is none %}
        select {{ columns }} from judged_duplicates
        where false
    {% else %}
        select {{ columns }} from {{ previous }}
        where usage_date in (
            select usage_date from {{ ref('int_contended_days') }}
            where is_judged
        )
    {% endif %}
),

built_days as (
    {% if built is none %}
        select usage_date from changed_days
        where false
    {% else %}
        select distinct usage_date from {{ built }}
    {% endif %}
),

found as (
    select {{ columns }} from judged_duplicates
    except
    select {{ columns }} from stored_duplicates
),

revoked as (
    select {{ columns }} from stored_duplicates
    except
    select {{ columns }} from judged_duplicates
),

-- Requests that a built day loses without another that counts for their account, model and month.
lost as (
    select distinct judged_duplicates.usage_date
    from judged_duplicates
    inner join found
        on judged_duplicates.gateway = found.gateway
        and judged_duplicates.read_file = found.read_file
        and judged_duplicates.source_row = found.source_row
    inner join built_days on judged_duplicates.usage_date = built_days.usage_date
    where not judged_duplicates.is_counted_elsewhere
),

days as (
    select
        usage_date,
        has_lost_records as may_lose_accounts
    from changed_days
    union all
    select
        usage_date,
        false as may_lose_accounts
    from found
    union all
    select
        usage_date,
        false as may_lose_accounts
    from revoked
    union all
    select
        usage_date,
        true as may_lose_accounts
    from lost
),

final as (
    select
        usage_date,
        bool_or(may_lose_accounts) as may_lose_accounts
    from days
    group by usage_date
)

select * from final
