{#- Levels: finding, cohort, age. -#}
{% set levels = [['R1', '2025-06-01', 5], ['R2', '2025-05-01', 5]] %}

{#- Returns: part, cohort. -#}
{% set returns = {'DeepSeek R1': '2025-04-01', 'DeepSeek V3 0324': '2025-07-01'} %}

with published as (
    select * from {{ ref('stg_study__values') }}
),

-- A handful of accounts shows neither a level nor a return.
triangles as (
    select * from {{ ref('retention_triangles') }}
    where
        not is_partial
        and cohort_accounts >= {{ var('min_cohort_accounts') }}
),

verdicts as (
    select * from {{ ref('retention_verdicts') }}
),

r1_and_r2 as (
    {% for finding_id, cohort, age in levels -%}
        select
            triangles.population,
            published.finding_id,
            published.part,
            triangles.retention as computed_value
        from triangles
        inner join published
            on triangles.model_id = published.subject
            and published.finding_id = '{{ finding_id }}'
        where
            triangles.cohort_month = cast('{{ cohort }}' as date)
            and triangles.months_since = {{ age }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- 1 where the verdict is the published one; nothing where none could be given.
r3_and_r4 as (
    select
        verdicts.population,
        published.finding_id,
        published.part,
        cast(
            max(case when verdicts.verdict = published.published_word then 1 else 0 end) as double
        ) as computed_value
    from verdicts
    inner join published on verdicts.model_id = published.subject
    where
        published.finding_id in ('R3', 'R4')
        and verdicts.verdict <> 'too_little_data'
    group by verdicts.population, published.finding_id, published.part
),

r5 as (
    {% for part, cohort in returns.items() -%}
        select
            verdicts.population,
            published.finding_id,
            published.part,
            cast(coalesce(verdicts.boomerang_month, 0) as double) as computed_value
        from verdicts
        inner join published
            on verdicts.model_id = published.subject
            and published.finding_id = 'R5'
            and published.part = '{{ part }}'
        where
            verdicts.cohort_month = cast('{{ cohort }}' as date)
            and verdicts.cohort_accounts >= {{ var('min_cohort_accounts') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    {% for finding in ['r1_and_r2', 'r3_and_r4', 'r5'] -%}
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
