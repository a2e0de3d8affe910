{{ config(materialized='table') }}

with placed as (
    select * from {{ ref('stg_taxonomy__tags') }}
),

logged as (
    select distinct tag from {{ ref('int_request_tags') }}
),

tags as (
    select tag from placed
    union
    select tag from logged
),

-- A tag is where its own path is placed, else where its nearest parent is: classifiers are given
-- newer taxonomies with finer paths. The slash keeps `/Food` from being a parent of `/Foods`.
candidates as (
    select
        tags.tag,
        placed.tag as mapped_from,
        placed.category,
        placed.study_category,
        row_number() over (
            partition by tags.tag order by length(placed.tag) desc nulls last
        ) as choice
    from tags
    left join placed on left(tags.tag || '/', length(placed.tag) + 1) = placed.tag || '/'
),

final as (
    select
        tag,
        coalesce(category, 'unknown') as category,
        coalesce(study_category, 'unknown') as study_category,
        mapped_from
    from candidates
    where choice = 1
)

select * from final
