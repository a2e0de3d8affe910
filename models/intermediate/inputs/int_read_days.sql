{{ config(materialized='table') }}

{%- set reach = var('duplicate_horizon_days') | int + 1 %}

-- What is stored by week needs the other days of its weeks.
with whole_days as (
    select usage_date from {{ ref('int_build_days') }}
    union
    select usage_date from {{ ref('int_build_weeks') }}
),

build_days as (
    select * from {{ ref('int_build_days') }}
),

input_days as (
    select distinct usage_date
    from {{ ref('int_input_days') }}
),

-- Around a day to build, only the records that may be the better ones of its own.
neighbours as (
    select distinct input_days.usage_date
    from input_days
    inner join build_days
        on input_days.usage_date
        between {{ dbt.dateadd('day', -reach, 'build_days.usage_date') }}
        and {{ dbt.dateadd('day', reach, 'build_days.usage_date') }}
),

days as (
    select
        usage_date,
        true as is_whole
    from whole_days
    union all
    select
        usage_date,
        false as is_whole
    from neighbours
),

final as (
    select
        usage_date,
        bool_or(is_whole) as is_whole
    from days
    group by usage_date
)

select * from final
