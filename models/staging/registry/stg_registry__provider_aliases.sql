with aliases as (
    select * from {{ ref('registry_provider_aliases') }}
),

overrides as (
    select * from {{ ref('stg_registry__overrides') }}
    where entity = 'provider_alias' and attribute = 'provider'
),

final as (
    select
        aliases.alias,
        aliases.provider
    from aliases
    left join overrides on aliases.alias = overrides.key
    where overrides.key is null
    union all
    select
        key as alias,
        value as provider
    from overrides
)

select * from final
