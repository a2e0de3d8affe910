-- Version 1 of the taxonomy has 620 paths, and each of them must arrive in its table: a path that a
-- loader drops would take its parent's place in silence. The further tags name no path again.
with counted as (
    select
        'paths of version 1' as what,
        count(*) as found,
        620 as expected
    from {{ ref('google_nlp_v1') }}
    union all
    select
        'paths named twice' as what,
        count(*) as found,
        0 as expected
    from {{ ref('further_tags') }} as further_tags
    inner join {{ ref('google_nlp_v1') }} as google_nlp_v1
        on further_tags.tag = google_nlp_v1.tag
)

select * from counted
where found <> expected
