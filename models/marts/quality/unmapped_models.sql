with unmapped_usage as (
    select * from {{ ref('int_usage_priced') }}
    where model_id = 'unknown' or model_id like 'unknown/%'
),

suggestions as (
    select * from {{ ref('int_unmapped_name_suggestions') }}
),

summed as (
    select
        population,
        gateway,
        raw_model,
        model_id,
        {{ sum_count('requests') }} as requests,
        {{ sum_count('tokens') }} as tokens,
        min(usage_date) as first_seen_on,
        max(usage_date) as last_seen_on
    from unmapped_usage
    group by population, gateway, raw_model, model_id
),

final as (
    select
        summed.population,
        summed.gateway,
        summed.raw_model,
        summed.model_id,
        summed.requests,
        summed.tokens,
        summed.first_seen_on,
        summed.last_seen_on,
        suggestions.nearest_known_names
    from summed
    left join suggestions on summed.raw_model = suggestions.raw_model
)

select * from final
