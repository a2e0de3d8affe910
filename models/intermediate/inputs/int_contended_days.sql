{{ config(materialized='table') }}

{#- One day more than the horizon, which counts UTC days: a reporting day may touch two of them. -#}
{%- set reach = var('duplicate_horizon_days') | int + 1 %}

with changed_days as (
    select usage_date from {{ ref('int_changed_days') }}
    where usage_date is not null
),

days as (
    select usage_date from {{ ref('int_input_days') }}
    where usage_date is not null
    union
    select usage_date from changed_days
),

-- A record that arrives or goes may be the better one of a record within the horizon of its day,
-- which may have others within the horizon of its own.
final as (
    select
        days.usage_date,
        bool_or(days.usage_date = changed_days.usage_date) as is_changed,
        bool_or(
            days.usage_date
            between {{ dbt.dateadd('day', -reach, 'changed_days.usage_date') }}
            and {{ dbt.dateadd('day', reach, 'changed_days.usage_date') }}
        ) as is_judged
    from days
    inner join changed_days
        on days.usage_date
        between {{ dbt.dateadd('day', -2 * reach, 'changed_days.usage_date') }}
        and {{ dbt.dateadd('day', 2 * reach, 'changed_days.usage_date') }}
    group by days.usage_date
)

select * from final
