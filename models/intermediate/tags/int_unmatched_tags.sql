{{ config(materialized='table') }}

with request_tags as (
    select * from {{ ref('int_request_tags') }}
),

classified as (
    select * from {{ ref('int_classified_requests') }}
),

final as (
    select
        request_tags.gateway,
        request_tags.request_id
    from request_tags
    left join classified
        on request_tags.gateway = classified.gateway
        and request_tags.request_id = classified.request_id
    where classified.request_id is null
)

select * from final
