{{ config(materialized='table') }}

{%- set reach = var('duplicate_horizon_days') | int + 1 %}

with input_days as (
    select distinct
        read_file,
        usage_date
    from {{ ref('int_input_days') }}
),

build_days as (
    select * from {{ ref('int_build_days') }}
),

final as (
    select distinct input_days.read_file
    from input_days
    inner join build_days
        on input_days.usage_date is not distinct from build_days.usage_date
        or input_days.usage_date
        between {{ dbt.dateadd('day', -reach, 'build_days.usage_date') }}
        and {{ dbt.dateadd('day', reach, 'build_days.usage_date') }}
)

select * from final
