{{ config(materialized='table') }}

-- Written after all that is stored by day, so that it never claims a day that was not built: a
-- build that ends early leaves it as it was, and the next one builds those days again.
-- depends_on: {{ ref('int_request_duplicates') }}
-- depends_on: {{ ref('int_request_rejects') }}
-- depends_on: {{ ref('int_usage_daily') }}
-- depends_on: {{ ref('int_model_accounts_daily') }}
-- depends_on: {{ ref('int_account_days') }}
-- depends_on: {{ ref('int_audience_daily') }}
-- depends_on: {{ ref('int_classified_requests') }}
-- depends_on: {{ ref('int_tool_calls_weekly') }}
-- depends_on: {{ ref('int_sequence_lengths_weekly') }}
-- depends_on: {{ ref('int_account_months') }}
-- depends_on: {{ ref('int_unmatched_tags') }}
-- depends_on: {{ ref('int_built_accounts') }}

with input_days as (
    select * from {{ ref('int_input_days') }}
),

final as (
    select
        population,
        gateway,
        source_file,
        read_file,
        fingerprint,
        delivered_on,
        usage_date,
        raw_records,
        first_future_at
    from input_days
)

select * from final
