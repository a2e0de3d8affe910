with aliases as (
    select * from {{ ref('registry_model_aliases') }}
),

overrides as (
    select * from {{ ref('stg_registry__overrides') }}
    where entity = 'alias' and attribute = 'model_id'
),

override_windows as (
    select
        overridden_key,
        value,
        valid_from,
        lead(valid_from) over (
            partition by overridden_key order by valid_from nulls last
        ) as valid_to,
        source
    from overrides
),

final as (
    select
        alias,
        author,
        model_id,
        applies_to,
        coalesce(valid_from, cast('1970-01-01' as date)) as valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to,
        source
    from aliases
    union all
    select
        overridden_key,
        cast(null as {{ dbt.type_string() }}) as author,
        value as model_id,
        'override' as applies_to,
        valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to,
        source
    from override_windows
)

select * from final
