with languages as (
    select * from {{ ref('languages') }}
),

final as (
    select
        language_tag,
        language,
        language_name
    from languages
)

select * from final
