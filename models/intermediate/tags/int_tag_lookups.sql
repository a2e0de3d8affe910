{{ config(materialized='table') }}

{%- set previous = previous_build('int_classified_requests', 'intermediate') %}
{%- set previous_unmatched = previous_build('int_unmatched_tags', 'intermediate') %}

with request_tags as (
    select
        gateway,
        request_id
    from {{ ref('int_request_tags') }}
),

input_days as (
    select * from {{ ref('int_input_days') }}
),

build_days as (
    select * from {{ ref('int_build_days') }}
),

on_build_days as (
    select * from {{ ref('int_tagged_build_requests') }}
),

classified as (
    {% if previous is none %}
        select
            gateway,
            request_id,
            requested_at,
            usage_date
        from on_build_days
        where false
    {% else %}
        select
            gateway,
            request_id,
            requested_at,
            usage_date
        from {{ previous }}
    {% endif %}
),

unmatched as (
    {% if previous_unmatched is none %}
        select * from request_tags
        where false
    {% else %}
        select
            gateway,
            request_id
        from {{ previous_unmatched }}
    {% endif %}
),

-- The last of the days that are not built; without one there is nowhere to look.
last_other_day as (
    select max(input_days.usage_date) as usage_date
    from input_days
    left join build_days on input_days.usage_date = build_days.usage_date
    where build_days.usage_date is null
),

-- What stands on a day that is not built is the latest of all such days, as the last build saw
-- to it, and what it found nowhere is on none of them.
known as (
    select
        classified.gateway,
        classified.request_id
    from classified
    left join build_days on classified.usage_date = build_days.usage_date
    where build_days.usage_date is null
    union all
    select * from unmatched
),

-- Found among the requests to build, with nothing later on any other day: behind all of them, or
-- not before the one that was the latest so far.
latest as (
    select
        on_build_days.gateway,
        on_build_days.request_id
    from on_build_days
    inner join last_other_day on last_other_day.usage_date is not null
    left join classified
        on on_build_days.gateway = classified.gateway
        and on_build_days.request_id = classified.request_id
    where
        on_build_days.usage_date > last_other_day.usage_date
        or on_build_days.requested_at >= classified.requested_at
),

final as (
    select
        request_tags.gateway,
        request_tags.request_id
    from request_tags
    inner join last_other_day on last_other_day.usage_date is not null
    left join known
        on request_tags.gateway = known.gateway
        and request_tags.request_id = known.request_id
    left join latest
        on request_tags.gateway = latest.gateway
        and request_tags.request_id = latest.request_id
    where
        known.request_id is null
        and latest.request_id is null
)

select * from final
