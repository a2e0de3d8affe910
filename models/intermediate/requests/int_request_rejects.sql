{{ config(
    materialized='incremental',
    meta={'slice_key': 'usage_date', 'slices': 'int_build_days'},
) }}

-- depends_on: {{ ref('int_build_days') }}
-- depends_on: {{ ref('int_input_days') }}

with requests as (
    select * from {{ ref('int_requests_validated') }}
    where is_rejected
),

final as (
    select
        population,
        gateway,
        usage_date,
        read_file,
        source_row,
        rejection_reasons,
        {{ record_as_text('record') }} as record
    from requests
    {% if is_incremental() %}
        where {{ in_build_days() }}
    {% endif %}
)

select * from final
