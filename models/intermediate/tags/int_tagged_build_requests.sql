{{ config(materialized='table') }}

-- depends_on: {{ ref('int_build_days') }}

{%- set previous = previous_build('int_classified_requests', 'intermediate') %}

-- Without an earlier build every day is built, and there is nothing to choose.
with requests as (
    select * from {{ ref('int_build_requests') }}
    where
        request_id is not null
        {% if previous is none %}
            and false
        {% endif %}
),

request_tags as (
    select * from {{ ref('int_request_tags') }}
),

build_days as (
    select * from {{ ref('int_build_days') }}
),

build_requests as (
    select
        requests.gateway,
        requests.request_id,
        requests.requested_at,
        requests.usage_date
    from requests
    inner join build_days on requests.usage_date = build_days.usage_date
),

final as (
    select
        build_requests.gateway,
        build_requests.request_id,
        max(build_requests.requested_at) as requested_at,
        max(build_requests.usage_date) as usage_date
    from build_requests
    inner join request_tags
        on build_requests.gateway = request_tags.gateway
        and build_requests.request_id = request_tags.request_id
    group by build_requests.gateway, build_requests.request_id
)

select * from final
