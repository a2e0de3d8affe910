{{ config(materialized='table') }}

with account_months as (
    select * from {{ ref('int_account_months') }}
),

windows as (
    select
        population,
        last_logged_date
    from {{ ref('int_usage_windows') }}
    where last_logged_date is not null
),

-- Records lie between 2015 and the clock: a hundred years of months are enough for good.
ages as (
    select cast(generated_number - 1 as {{ dbt.type_bigint() }}) as months_since
    from ({{ dbt.generate_series(1200) }}) as numbers
),

dated as (
    select
        population,
        model_id,
        month_start,
        -- Both in order of month, so that the rows are sorted once: the least so far is the first.
        min(month_start) over (
            partition by population, model_id, account_id order by month_start asc nulls last
        ) as cohort_month,
        lag(month_start) over (
            partition by population, model_id, account_id order by month_start asc nulls last
        ) as previous_month,
        cast({{ dbt.dateadd('month', -1, 'month_start') }} as date) as month_before
    from account_months
),

active as (
    select
        population,
        model_id,
        cohort_month,
        {{ months_between('cohort_month', 'month_start') }} as months_since,
        count(*) as retained_accounts,
        {{ sum_count('case when previous_month < month_before then 1 else 0 end') }}
            as returned_accounts
    from dated
    group by population, model_id, cohort_month, month_start
),

cohorts as (
    select
        population,
        model_id,
        cohort_month,
        retained_accounts as cohort_accounts
    from active
    where months_since = 0
),

-- Every month up to the data's end has a cell, also one in which nobody is left.
cells as (
    select
        cohorts.population,
        cohorts.model_id,
        cohorts.cohort_month,
        ages.months_since,
        cast({{ dbt.dateadd('month', 'ages.months_since', 'cohorts.cohort_month') }} as date)
            as month_start,
        cohorts.cohort_accounts,
        windows.last_logged_date
    from cohorts
    inner join windows on cohorts.population = windows.population
    inner join ages
        on ages.months_since
        <= {{ months_between('cohorts.cohort_month', 'windows.last_logged_date') }}
),

counted as (
    select
        cells.population,
        cells.model_id,
        cells.cohort_month,
        cells.months_since,
        {{ is_partial_month('cells.month_start', 'cells.last_logged_date') }} as is_partial,
        cells.cohort_accounts,
        coalesce(active.retained_accounts, 0) as retained_accounts,
        coalesce(active.returned_accounts, 0) as returned_accounts
    from cells
    left join active
        on cells.population = active.population
        and cells.model_id = active.model_id
        and cells.cohort_month = active.cohort_month
        and cells.months_since = active.months_since
),

final as (
    select
        *,
        cast(retained_accounts as double) / cohort_accounts as retention,
        {{ wilson_low('retained_accounts', 'cohort_accounts') }} as retention_low,
        {{ wilson_high('retained_accounts', 'cohort_accounts') }} as retention_high
    from counted
)

select * from final
