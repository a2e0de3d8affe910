with models as (
    select * from {{ ref('int_models') }}
),

final as (
    select
        model_id,
        author,
        author_name,
        author_country_code,
        origin,
        family,
        model_name,
        modality,
        released_on,
        parameters_total_b,
        parameters_active_b,
        size_tier,
        weights_class,
        weights_valid_from,
        weights_source,
        is_reasoning_model,
        context_tokens,
        is_known
    from models
)

select * from final
