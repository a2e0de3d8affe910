{{ config(materialized='table') }}

with final as (
    select usage_date from {{ ref('int_build_days') }}
)

select * from final
