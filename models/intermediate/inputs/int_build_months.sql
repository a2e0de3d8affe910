{{ config(materialized='table') }}

-- Of the days whose names are read otherwise as well: what is stored by month is stored by model.
with build_days as (
    select usage_date from {{ ref('int_relabelled_days') }}
    where usage_date is not null
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
        {{ month_start('usage_date') }} as month_start,
        usage_date
    from days
),

build_months as (
    select distinct {{ month_start('usage_date') }} as month_start
    from build_days
),

final as (
    select
        dated.month_start,
        dated.usage_date
    from dated
    inner join build_months on dated.month_start = build_months.month_start
)

select * from final
