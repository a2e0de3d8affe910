with tags as (
    select * from {{ ref('int_tags') }}
),

final as (
    select
        tag,
        category,
        study_category,
        mapped_from
    from tags
)

select * from final
