with name_variants as (
    select * from {{ ref('registry_name_variants') }}
),

final as (
    select
        variant,
        meaning
    from name_variants
)

select * from final
