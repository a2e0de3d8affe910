{{ config(materialized='table') }}

-- Of the days whose names are read otherwise as well: what is stored by month is stored by model.
with build_days as (
    select usage_date from {{ ref('int_relabelled_days') }}
    where usage_date is not null
),

rebuilt_months as (
    select * from {{ ref('int_rebuilt_months') }}
),

-- A day that is gone is listed too: it may have been all that its month held.
days as (
    select usage_date from {{ ref('int_input_days') }}
    where usage_date is not null
    union
    select usage_date from build_days
),

dated as (
    select
        {{ month_start('days.usage_date') }} as month_start,
        days.usage_date,
        build_days.usage_date is not null as is_built
    from days
    left join build_days on days.usage_date = build_days.usage_date
),

final as (
    select
        dated.month_start,
        dated.usage_date
    from dated
    left join rebuilt_months on dated.month_start = rebuilt_months.month_start
    where dated.is_built or rebuilt_months.month_start is not null
)

select * from final
