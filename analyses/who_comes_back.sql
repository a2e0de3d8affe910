-- Who comes back? The cohorts, large enough to tell, that lost accounts and won some back:
-- retention before and after, and how many of the retained had been away.
with verdicts as (
    select * from {{ ref('retention_verdicts') }}
    where
        boomerang_month is not null
        and cohort_accounts >= {{ var('min_cohort_accounts') }}
),

cells as (
    select * from {{ ref('retention_triangles') }}
)

select
    verdicts.population,
    verdicts.model_id,
    verdicts.cohort_month,
    verdicts.boomerang_month,
    rise.cohort_accounts,
    round(low.retention, 3) as retention_before,
    round(rise.retention, 3) as retention,
    rise.returned_accounts
from verdicts
inner join cells as rise
    on verdicts.population = rise.population
    and verdicts.model_id = rise.model_id
    and verdicts.cohort_month = rise.cohort_month
    and verdicts.boomerang_month = rise.months_since
inner join cells as low
    on rise.population = low.population
    and rise.model_id = low.model_id
    and rise.cohort_month = low.cohort_month
    and rise.months_since = low.months_since + 1
order by
    verdicts.population asc,
    rise.retention - low.retention desc nulls last,
    verdicts.model_id asc,
    verdicts.cohort_month asc
