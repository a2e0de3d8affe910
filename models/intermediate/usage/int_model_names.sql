{{ config(materialized='table') }}

with logged as (
    select
        raw_model,
        min(usage_date) as first_seen_on,
        max(usage_date) as last_seen_on
    from {{ ref('int_usage_daily') }}
    group by raw_model
),

published as (
    select
        raw_model,
        min(usage_date) as first_seen_on,
        max(usage_date) as last_seen_on
    from {{ ref('int_published_usage_ranked') }}
    group by raw_model
),

seen as (
    select * from logged
    union all
    select * from published
),

final as (
    select
        raw_model,
        min(first_seen_on) as first_seen_on,
        max(last_seen_on) as last_seen_on
    from seen
    group by raw_model
)

select * from final
