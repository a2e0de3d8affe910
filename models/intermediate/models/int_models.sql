with registry as (
    select * from {{ ref('stg_registry__models') }}
),

authors as (
    select * from {{ ref('stg_registry__authors') }}
),

weights as (
    select * from {{ ref('int_model_weights') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

latest_weights as (
    select
        model_id,
        weights_class,
        judged_from,
        source
    from weights
    where valid_to = cast('9999-12-31' as date)
),

-- What logs name and the registry does not know; unknown and other are there without any log.
other_model_ids as (
    select model_id from names
    union
    select 'unknown' as model_id
    union
    select 'other' as model_id
),

unregistered as (
    select
        other_model_ids.model_id,
        registry.family,
        case when other_model_ids.model_id = 'other' then 'other' else 'unknown' end as author,
        case
            when other_model_ids.model_id = 'other' then 'Other models'
            when other_model_ids.model_id = 'unknown' then 'Unknown model'
            when other_model_ids.model_id like 'unknown/%'
                then substring(other_model_ids.model_id, 9)
            else other_model_ids.model_id
        end as model_name
    from other_model_ids
    left join registry on other_model_ids.model_id = registry.model_id
    where registry.model_id is null
),

models as (
    select
        model_id,
        author,
        family,
        model_name,
        modality,
        released_on,
        parameters_total_b,
        parameters_active_b,
        is_reasoning_model,
        context_tokens,
        true as is_known
    from registry
    union all
    select
        model_id,
        author,
        family,
        model_name,
        cast(null as {{ dbt.type_string() }}) as modality,
        cast(null as date) as released_on,
        cast(null as double) as parameters_total_b,
        cast(null as double) as parameters_active_b,
        cast(null as boolean) as is_reasoning_model,
        cast(null as bigint) as context_tokens,
        false as is_known
    from unregistered
),

final as (
    select
        models.model_id,
        models.author,
        case
            when models.author = 'unknown' then 'Unknown'
            when models.author = 'other' then 'Other'
            else coalesce(authors.author_name, models.author)
        end as author_name,
        authors.country_code as author_country_code,
        coalesce(authors.origin, 'unknown') as origin,
        models.family,
        models.model_name,
        models.modality,
        models.released_on,
        models.parameters_total_b,
        models.parameters_active_b,
        {{ size_tier('models.parameters_total_b') }} as size_tier,
        coalesce(latest_weights.weights_class, 'unknown') as weights_class,
        latest_weights.judged_from as weights_valid_from,
        latest_weights.source as weights_source,
        models.is_reasoning_model,
        models.context_tokens,
        models.is_known
    from models
    left join authors on models.author = authors.author
    left join latest_weights on models.model_id = latest_weights.model_id
)

select * from final
