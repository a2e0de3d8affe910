{% set attributes = {
    'author': 'string', 'model_name': 'string', 'family': 'string', 'released_on': 'date',
    'modality': 'string', 'parameters_total_b': 'double', 'parameters_active_b': 'double',
    'is_reasoning_model': 'boolean', 'context_tokens': 'bigint',
} %}

with models as (
    select * from {{ ref('registry_models') }}
),

overrides as (
    select * from {{ ref('stg_registry__overrides') }}
    where entity = 'model'
),

-- An override may name a model that no source has.
model_ids as (
    select model_id from models
    union
    select overridden_key as model_id from overrides
),

completed as (
    select
        model_ids.model_id,
        coalesce(models.author, {{ author_of('model_ids.model_id') }}) as author,
        coalesce(models.model_name, split_part(model_ids.model_id, '/', -1)) as model_name,
        models.family,
        models.released_on,
        coalesce(models.modality, 'text') as modality,
        models.parameters_total_b,
        models.parameters_active_b,
        models.parameters_source,
        models.is_reasoning_model,
        models.reasoning_source,
        models.context_tokens,
        coalesce(models.source, 'registry_overrides') as source
    from model_ids
    left join models on model_ids.model_id = models.model_id
),

final as (
    select
        completed.model_id,
        {% for attribute, type in attributes.items() -%}
            {{ override('completed', attribute, type) }} as {{ attribute }},
        {% endfor -%}
        case
            when parameters_total_b_override.overridden_key is null then completed.parameters_source
            else parameters_total_b_override.source
        end as parameters_source,
        case
            when is_reasoning_model_override.overridden_key is null then completed.reasoning_source
            else is_reasoning_model_override.source
        end as reasoning_source,
        completed.source
    from completed
    {{ override_joins('completed', 'model_id', attributes) }}
)

select * from final
