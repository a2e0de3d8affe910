with name_prefixes as (
    select * from {{ ref('registry_name_prefixes') }}
),

final as (
    select
        prefix,
        replacement,
        provider
    from name_prefixes
)

select * from final
