with author_spellings as (
    select * from {{ ref('registry_author_spellings') }}
),

final as (
    select
        spelling,
        author
    from author_spellings
)

select * from final
