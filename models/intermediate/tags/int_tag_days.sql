{{ config(
    materialized='table',
    post_hook='{{ mark_days_as_unbuilt(this) }}',
) }}

{%- set previous = previous_build('int_classified_requests', 'intermediate') %}

with build_days as (
    select * from {{ ref('int_build_days') }}
),

input_days as (
    select * from {{ ref('int_input_days') }}
),

request_tags as (
    select * from {{ ref('int_request_tags') }}
),

lookups as (
    select * from {{ ref('int_tag_lookups') }}
),

on_build_days as (
    select * from {{ ref('int_tagged_build_requests') }}
),

-- The one reading of days that may stay as they are: only where a tag is new and its request is
-- not among those to build.
requests as (
    select * from {{ ref('int_requests_accepted') }}
    {% if not any_rows(ref('int_tag_lookups')) %}
        where false
    {% endif %}
),

other_days as (
    select
        input_days.read_file,
        input_days.usage_date
    from input_days
    left join build_days on input_days.usage_date = build_days.usage_date
    where build_days.usage_date is null
),

looked_up as (
    select
        requests.gateway,
        requests.request_id,
        max(requests.usage_date) as usage_date
    from requests
    inner join lookups
        on requests.gateway = lookups.gateway
        and requests.request_id = lookups.request_id
    where
        requests.read_file in (select other_days.read_file from other_days)
        and requests.usage_date in (select other_days.usage_date from other_days)
    group by requests.gateway, requests.request_id
),

classified as (
    {% if previous is none %}
        select
            on_build_days.gateway,
            on_build_days.request_id,
            on_build_days.requested_at,
            on_build_days.usage_date,
            request_tags.tag,
            request_tags.confidence,
            request_tags.sampling_rate
        from on_build_days
        cross join request_tags
        where false
    {% else %}
        select
            gateway,
            request_id,
            requested_at,
            usage_date,
            tag,
            confidence,
            sampling_rate
        from {{ previous }}
    {% endif %}
),

changed as (
    select classified.usage_date
    from classified
    left join request_tags
        on classified.gateway = request_tags.gateway
        and classified.request_id = request_tags.request_id
        and classified.tag = request_tags.tag
        and classified.confidence = request_tags.confidence
        and classified.sampling_rate = request_tags.sampling_rate
    where request_tags.request_id is null
),

-- The id is used again: its tag moves on to the later request.
superseded as (
    select classified.usage_date
    from classified
    inner join on_build_days
        on classified.gateway = on_build_days.gateway
        and classified.request_id = on_build_days.request_id
    where classified.requested_at < on_build_days.requested_at
),

final as (
    select usage_date from build_days
    union
    select usage_date from looked_up
    union
    select usage_date from changed
    union
    select usage_date from superseded
)

select * from final
