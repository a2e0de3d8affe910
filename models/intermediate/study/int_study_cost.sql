{% set slopes = {
    'slope': 'slope', 'slope, lower bound': 'slope_low', 'slope, upper bound': 'slope_high',
    'R squared': 'r_squared',
} %}

with facts as (
    select * from {{ ref('int_study_facts') }}
),

published as (
    select * from {{ ref('stg_study__values') }}
),

categories as (
    select * from {{ ref('category_cost_quadrants') }}
    where category not in ('other', 'unknown')
),

-- log10 of millions of tokens at the scale of the study.
models as (
    select
        model_costs.*,
        log10(
            nullif(cast(model_costs.tokens as double), 0)
            * facts.study_trillions_per_token * 1000000
        ) as study_log_million_tokens
    from {{ ref('model_cost_usage') }} as model_costs
    inner join facts on model_costs.population = facts.population
),

elasticities as (
    select * from {{ ref('price_elasticity') }}
    where estimator = 'cross_section' and scope = 'all'
),

e1 as (
    select
        population,
        'E1' as finding_id,
        'median cost' as part,
        case when not bool_or(is_suppressed) then {{ median('usd_per_million') }} end
            as computed_value
    from categories
    group by population
),

e2_categories as (
    select
        categories.population,
        published.finding_id,
        published.part,
        case
            when categories.quadrant = published.published_word then 1.0
            when categories.quadrant is not null then 0.0
        end as computed_value
    from categories
    inner join published
        on categories.category = published.subject
        and published.finding_id = 'E2'
),

-- Of those that the log has; where not all ten are there, it cannot be said.
e2 as (
    select
        population,
        finding_id,
        'categories as published' as part,
        case when count(computed_value) = 10 then {{ sum_exact('computed_value') }} end
            as computed_value
    from e2_categories
    group by population, finding_id
    union all
    select
        population,
        finding_id,
        part,
        cast(computed_value as double) as computed_value
    from e2_categories
),

e3 as (
    {% for part, column in slopes.items() -%}
        select
            population,
            'E3' as finding_id,
            '{{ part }}' as part,
            {{ column }} as computed_value
        from elasticities
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

e4_to_e11 as (
    select
        models.population,
        published.finding_id,
        published.part,
        case published.part
            when 'price' then models.usd_per_million
            when 'usage' then models.study_log_million_tokens
        end as computed_value
    from models
    inner join published on models.model_id = published.subject
    where published.part in ('price', 'usage')
),

e12_medians as (
    select
        models.population,
        case when not bool_or(models.is_suppressed) then {{ median('models.usd_per_million') }} end
            as median_price,
        case when not bool_or(models.is_suppressed) then {{ median('models.tokens') }} end
            as median_tokens
    from models
    -- What is free has no place on a logarithmic axis.
    where models.is_suppressed or models.spend_usd > 0
    group by models.population
),

e12 as (
    select
        population,
        'E12' as finding_id,
        'median price' as part,
        median_price as computed_value
    from e12_medians
    union all
    select
        e12_medians.population,
        'E12' as finding_id,
        'median usage' as part,
        log10(
            nullif(e12_medians.median_tokens, 0) * facts.study_trillions_per_token * 1000000
        ) as computed_value
    from e12_medians
    inner join facts on e12_medians.population = facts.population
),

e13_models as (
    select
        models.population,
        published.finding_id,
        published.part,
        case
            when models.archetype = published.published_word then 1.0
            when models.archetype is not null then 0.0
        end as computed_value
    from models
    inner join published
        on models.model_id = published.subject
        and published.finding_id = 'E13'
),

e13 as (
    select
        population,
        finding_id,
        'models as published' as part,
        case when count(computed_value) = 8 then {{ sum_exact('computed_value') }} end
            as computed_value
    from e13_models
    group by population, finding_id
    union all
    select
        population,
        finding_id,
        part,
        cast(computed_value as double) as computed_value
    from e13_models
),

final as (
    {% for finding in ['e1', 'e2', 'e3', 'e4_to_e11', 'e12', 'e13'] -%}
        select
            population,
            finding_id,
            part,
            computed_value
        from {{ finding }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
