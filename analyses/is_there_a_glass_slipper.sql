-- Is there a glass slipper: an early cohort that a model fits, and that stays while later ones go?
-- The foundational cohorts, and how many models came to each verdict.
with verdicts as (
    select * from {{ ref('retention_verdicts') }}
),

models as (
    select
        population,
        verdict,
        count(distinct model_id) as models
    from verdicts
    group by population, verdict
),

foundational as (
    select
        population,
        verdict,
        {{ joined_text(
            "model_id || ' ' || left(cast(cohort_month as " ~ dbt.type_string() ~ '), 7)', ', ',
            'model_id asc, cohort_month asc'
        ) }} as foundational_cohorts
    from verdicts
    where is_foundational
    group by population, verdict
)

select
    models.population,
    models.verdict,
    models.models,
    foundational.foundational_cohorts
from models
left join foundational
    on models.population = foundational.population
    and models.verdict = foundational.verdict
order by models.population asc, models.models desc, models.verdict asc
