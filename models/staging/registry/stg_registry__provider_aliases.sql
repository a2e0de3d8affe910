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
    left join overrides on aliases.alias = overrides.overridden_key
    where overrides.overridden_key is null
    union all
    select
        overridden_key,
        value
    from overrides
)

select * from final
