with name_placeholders as (
    select * from {{ ref('registry_name_placeholders') }}
),

final as (
    select
        placeholder,
        applies_to
    from name_placeholders
)

select * from final
