{{ config(
    materialized='table',
    post_hook='{{ mark_days_as_unbuilt(this) }}',
) }}

{%- set built = previous_build('int_built_days', 'intermediate') %}
{#- One day more than the horizon, which counts UTC days: a reporting day may touch two of them. -#}
{%- set reach = var('duplicate_horizon_days') | int + 1 %}

with input_days as (
    select
        gateway,
        read_file,
        fingerprint,
        usage_date,
        first_future_at
    from {{ ref('int_input_days') }}
),

built_days as (
    {% if built is none %}
        select * from input_days
        where false
    {% else %}
        select
            gateway,
            read_file,
            fingerprint,
            usage_date,
            first_future_at
        from {{ built }}
    {% endif %}
),

arrived as (
    select * from input_days
    except
    select * from built_days
),

gone as (
    select * from built_days
    except
    select * from input_days
),

changed_days as (
    select usage_date from arrived
    union
    select usage_date from gone
),

all_days as (
    select usage_date from input_days
    union
    select usage_date from built_days
),

-- A record that arrives may be the better one of a record within the horizon of its day.
final as (
    select distinct all_days.usage_date
    from all_days
    inner join changed_days
        on all_days.usage_date is not distinct from changed_days.usage_date
        or all_days.usage_date
        between {{ dbt.dateadd('day', -reach, 'changed_days.usage_date') }}
        and {{ dbt.dateadd('day', reach, 'changed_days.usage_date') }}
)

select * from final
