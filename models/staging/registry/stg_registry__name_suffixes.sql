with name_suffixes as (
    select * from {{ ref('registry_name_suffixes') }}
),

final as (
    select
        suffix,
        replacement
    from name_suffixes
)

select * from final
