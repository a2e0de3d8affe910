{#- A cohort that may not be shown may not be told of by the verdict either. -#}
{%- set enough_accounts = [var('min_cohort_accounts'), var('min_cell_accounts')] | max %}
{#- Differences of fractions miss a threshold that they meet by their last digit. -#}
{%- set last_digit = 1e-9 %}

with cells as (
    select * from {{ ref('int_retention_cells') }}
),

-- Who comes in a month's last days is not counted yet: months that are not over judge nobody.
whole_cells as (
    select * from cells
    where not is_partial
),

cohorts as (
    select
        population,
        model_id,
        cohort_month,
        is_partial,
        cohort_accounts,
        row_number() over (
            partition by population, model_id order by cohort_month asc nulls last
        ) as place
    from cells
    where months_since = 0
),

early_cohorts as (
    select * from cohorts
    where
        place <= {{ var('foundational_cohorts') }}
        and cohort_accounts >= {{ enough_accounts }}
),

-- An early cohort at an age beside all later cohorts that have reached it, taken as one.
pairs as (
    select
        early.population,
        early.model_id,
        early.cohort_month,
        early.months_since,
        early.retention,
        early.retention_low,
        {{ sum_count('later.cohort_accounts') }} as later_accounts,
        {{ sum_count('later.retained_accounts') }} as later_retained
    from whole_cells as early
    inner join early_cohorts
        on early.population = early_cohorts.population
        and early.model_id = early_cohorts.model_id
        and early.cohort_month = early_cohorts.cohort_month
    inner join whole_cells as later
        on early.population = later.population
        and early.model_id = later.model_id
        and early.months_since = later.months_since
        and early.cohort_month < later.cohort_month
    where early.months_since >= {{ var('foundational_min_age') }}
    group by
        early.population, early.model_id, early.cohort_month, early.months_since,
        early.retention, early.retention_low
),

leads as (
    select
        population,
        model_id,
        cohort_month,
        count(*) as compared_ages,
        bool_and(
            retention - cast(later_retained as double) / later_accounts
            >= {{ var('foundational_min_lead') }} - {{ last_digit }}
            and retention_low > {{ wilson_high('later_retained', 'later_accounts') }}
        ) as is_foundational
    from pairs
    group by population, model_id, cohort_month
),

rises as (
    select
        risen.population,
        risen.model_id,
        risen.cohort_month,
        min(risen.months_since) as boomerang_month
    from whole_cells as risen
    inner join whole_cells as base
        on risen.population = base.population
        and risen.model_id = base.model_id
        and risen.cohort_month = base.cohort_month
        and risen.months_since = base.months_since + 1
    where
        risen.months_since >= 2
        and risen.retention - base.retention >= {{ var('boomerang_min_rise') }} - {{ last_digit }}
        and {{ two_proportion_z(
            'base.retained_accounts', 'base.cohort_accounts',
            'risen.retained_accounts', 'risen.cohort_accounts'
        ) }} > {{ z_95() }}
        and risen.returned_accounts >= risen.retained_accounts - base.retained_accounts
    group by risen.population, risen.model_id, risen.cohort_month
),

judged as (
    select
        cohorts.population,
        cohorts.model_id,
        cohorts.cohort_month,
        cohorts.is_partial,
        cohorts.place,
        cohorts.cohort_accounts,
        coalesce(leads.compared_ages, 0) as compared_ages,
        coalesce(leads.is_foundational, false) as is_foundational,
        rises.boomerang_month,
        cohorts.cohort_accounts < {{ var('min_cell_accounts') }} as is_suppressed
    from cohorts
    left join leads
        on cohorts.population = leads.population
        and cohorts.model_id = leads.model_id
        and cohorts.cohort_month = leads.cohort_month
    left join rises
        on cohorts.population = rises.population
        and cohorts.model_id = rises.model_id
        and cohorts.cohort_month = rises.cohort_month
),

verdicts as (
    select
        population,
        model_id,
        case
            when bool_or(is_foundational and place > 1) then 'foundational'
            when bool_or(is_foundational) then 'single_launch_cohort'
            when bool_or(compared_ages > 0) then 'never_frontier'
            else 'too_little_data'
        end as verdict
    from judged
    group by population, model_id
),

final as (
    select
        judged.population,
        judged.model_id,
        judged.cohort_month,
        judged.is_partial,
        {{ unless_suppressed([
            'cohort_accounts', 'compared_ages', 'is_foundational', 'boomerang_month',
        ]) }},
        verdicts.verdict,
        judged.is_suppressed
    from judged
    inner join verdicts
        on judged.population = verdicts.population
        and judged.model_id = verdicts.model_id
)

select * from final
