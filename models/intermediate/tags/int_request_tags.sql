{{ config(materialized='table') }}

with request_tags as (
    select * from {{ ref('int_request_tags_validated') }}
    where not is_rejected
),

ranked as (
    select
        *,
        row_number() over (
            partition by gateway, request_id
            order by confidence desc nulls last, tag asc
        ) as place
    from request_tags
),

final as (
    select
        population,
        gateway,
        request_id,
        tag,
        confidence,
        sampling_rate
    from ranked
    where place = 1
)

select * from final
