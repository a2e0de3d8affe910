{{ config(materialized='table') }}

{%- set built = previous_build('int_built_days', 'intermediate') %}
{%- set columns = 'gateway, read_file, fingerprint, usage_date, first_future_at' %}

with input_days as (
    select {{ columns }} from {{ ref('int_input_days') }}
),

built_days as (
    {% if built is none %}
        select * from input_days
        where false
    {% else %}
        select {{ columns }} from {{ built }}
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

changes as (
    select
        usage_date,
        -- Of a warehouse that has lost the list of what it was built from nothing is known.
        {{ 'true' if built is none else 'false' }} as has_lost_records
    from arrived
    union all
    select
        usage_date,
        true as has_lost_records
    from gone
),

final as (
    select
        usage_date,
        bool_or(has_lost_records) as has_lost_records
    from changes
    group by usage_date
)

select * from final
