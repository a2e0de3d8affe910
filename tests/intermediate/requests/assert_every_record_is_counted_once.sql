-- Every raw record is accepted, rejected or a duplicate, per log and day: what the
-- input holds (counted file by file) equals what the three models hold that each read it on their
-- own. A record in two of them, or in none, shows as a difference.
with parts as (
    select
        gateway,
        usage_date,
        raw_records as records
    from {{ ref('int_input_days') }}
    union all
    select
        gateway,
        usage_date,
        -requests as records
    from {{ ref('int_usage_daily') }}
    union all
    select
        gateway,
        usage_date,
        -1 as records
    from {{ ref('int_request_rejects') }}
    union all
    select
        gateway,
        usage_date,
        -1 as records
    from {{ ref('int_request_duplicates') }}
)

select
    gateway,
    usage_date,
    sum(records) as unaccounted_records
from parts
group by gateway, usage_date
having sum(records) <> 0
