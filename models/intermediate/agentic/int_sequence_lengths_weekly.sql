{{ config(
    materialized='incremental',
    meta={'slice_key': 'week_start', 'slices': 'int_build_weeks'},
) }}

-- depends_on: {{ ref('int_build_weeks') }}

-- Percentiles do not add up from days: a week is computed from its requests.
with requests as (
    {{ requests_of_days('int_build_weeks') }}
),

requests_of_weeks as (
    select
        population,
        {{ week_start('usage_date') }} as week_start,
        prompt_tokens,
        completion_tokens,
        tokens
    from requests
),

{{ sequence_length_ctes('requests_of_weeks', ['population', 'week_start']) }},

final as (
    select * from lengths
)

select * from final
