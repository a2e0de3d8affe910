with weights as (
    select * from {{ ref('registry_model_weights') }}
),

overrides as (
    select * from {{ ref('stg_registry__overrides') }}
    where entity = 'weights' and attribute = 'weights_class'
),

-- One override replaces all that the sources say of the model, so that a person states the whole
-- history of its weights in one place.
final as (
    select
        weights.model_id,
        weights.weights_class,
        weights.valid_from,
        weights.source
    from weights
    left join overrides on weights.model_id = overrides.overridden_key
    where overrides.overridden_key is null
    union all
    select
        overridden_key as model_id,
        coalesce(value, 'unknown') as weights_class,
        valid_from,
        source
    from overrides
)

select * from final
