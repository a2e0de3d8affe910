with google_nlp_v1 as (
    select * from {{ ref('google_nlp_v1') }}
),

further_tags as (
    select * from {{ ref('further_tags') }}
),

overrides as (
    select * from {{ ref('tag_overrides') }}
),

listed as (
    select
        tag,
        category,
        study_category
    from google_nlp_v1
    union all
    select
        tag,
        category,
        study_category
    from further_tags
),

final as (
    select
        listed.tag,
        listed.category,
        listed.study_category
    from listed
    left join overrides on listed.tag = overrides.tag
    where overrides.tag is null
    union all
    select
        tag,
        category,
        study_category
    from overrides
)

select * from final
