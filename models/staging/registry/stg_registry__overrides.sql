with overrides as (
    select * from {{ ref('registry_overrides') }}
),

final as (
    select
        entity,
        lower(key) as overridden_key,
        attribute,
        value,
        coalesce(valid_from, cast('1970-01-01' as date)) as valid_from,
        reason,
        source
    from overrides
)

select * from final
