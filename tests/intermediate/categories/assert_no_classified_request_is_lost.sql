-- Every classified request that is sure enough is in the classified usage once: neither its tag nor
-- its model's name may drop it or double it, whatever the lists and the registry know.
with classified as (
    select
        count(*) as requests,
        coalesce({{ sum_count('tokens') }}, 0) as tokens
    from {{ ref('int_classified_requests') }}
    where confidence >= {{ var('min_tag_confidence') }}
),

labelled as (
    select
        count(*) as requests,
        coalesce({{ sum_count('tokens') }}, 0) as tokens
    from {{ ref('int_classified_usage') }}
)

select
    classified.requests as classified_requests,
    labelled.requests as labelled_requests
from classified
cross join labelled
where classified.requests <> labelled.requests or classified.tokens <> labelled.tokens
