{{ config(materialized='table') }}

{%- set other_first_day = 'monday' if var('week_starts_on') == 'sunday' else 'sunday' %}

with build_days as (
    select usage_date from {{ ref('int_build_days') }}
    where usage_date is not null
),

-- A day that is gone is listed too: it may have been all that its week held.
days as (
    select usage_date from {{ ref('int_input_days') }}
    where usage_date is not null
    union
    select usage_date from build_days
),

dated as (
    select
        {{ week_start('usage_date') }} as week_start,
        usage_date
    from days
),

build_weeks as (
    select distinct {{ week_start('usage_date') }} as week_start
    from build_days
),

final as (
    select
        dated.week_start,
        dated.usage_date
    from dated
    inner join build_weeks on dated.week_start = build_weeks.week_start
    union
    -- Nothing is stored under weeks that begin on the other day, unless `week_starts_on` has moved:
    -- then every day is built, and they must go.
    select
        {{ week_start('usage_date', other_first_day) }} as week_start,
        usage_date
    from build_days
)

select * from final
