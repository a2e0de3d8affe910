-- Does my log agree with the study? By section: how many findings are reproduced, differ or cannot
-- be told, and what most of those lack. Then: select … from study_scorecard where section = '…'.
with cards as (
    select * from {{ ref('study_scorecard') }}
),

reasons as (
    select
        population,
        section,
        reason,
        row_number() over (
            partition by population, section order by count(*) desc, reason asc
        ) as place
    from cards
    where verdict = 'not_computable'
    group by population, section, reason
),

sections as (
    select
        population,
        section,
        min(position) as first_position,
        count(case when verdict = 'reproduced' then 1 end) as reproduced,
        count(case when verdict = 'differs' then 1 end) as differs,
        count(case when verdict = 'not_computable' then 1 end) as not_computable
    from cards
    group by population, section
)

select
    sections.population,
    sections.section,
    sections.reproduced,
    sections.differs,
    sections.not_computable,
    reasons.reason as most_lack
from sections
left join reasons
    on sections.population = reasons.population
    and sections.section = reasons.section
    and reasons.place = 1
order by sections.population asc, sections.first_position asc
