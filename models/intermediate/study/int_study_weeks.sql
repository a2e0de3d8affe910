-- What "the first four" and "the last four weeks" of a finding are.
with first_days as (
    select
        population,
        min(usage_date) as first_date
    from {{ ref('fct_usage_daily') }}
    group by population
),

-- A week in whose midst the data begins is as little a whole one as that in which it ends.
weeks as (
    select distinct
        source_shares.population,
        source_shares.week_start
    from {{ ref('source_shares_weekly') }} as source_shares
    inner join first_days
        on source_shares.population = first_days.population
        and source_shares.week_start >= first_days.first_date
    where not source_shares.is_partial
),

classified_weeks as (
    select distinct
        population,
        week_start
    from {{ ref('category_shares_weekly') }}
    where scope = 'all'
),

marked as (
    select
        weeks.population,
        weeks.week_start,
        classified_weeks.week_start is not null as is_classified
    from weeks
    left join classified_weeks
        on weeks.population = classified_weeks.population
        and weeks.week_start = classified_weeks.week_start
),

final as (
    select
        population,
        week_start,
        is_classified,
        row_number() over (partition by population order by week_start asc) as from_start,
        row_number() over (partition by population order by week_start desc) as from_end,
        case
            when is_classified
                then row_number() over (
                    partition by population, is_classified order by week_start asc
                )
        end as classified_from_start,
        case
            when is_classified
                then row_number() over (
                    partition by population, is_classified order by week_start desc
                )
        end as classified_from_end
    from marked
)

select * from final
