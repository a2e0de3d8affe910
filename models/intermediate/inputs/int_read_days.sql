{{ config(materialized='table') }}

-- What is stored by week needs the other days of its weeks.
with final as (
    select usage_date from {{ ref('int_build_days') }}
    union
    select usage_date from {{ ref('int_build_weeks') }}
)

select * from final
