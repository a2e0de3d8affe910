{{ config(
    materialized='incremental',
    meta={'slice_key': 'usage_date', 'slices': 'int_build_days'},
) }}

-- depends_on: {{ ref('int_build_days') }}
{%- do require_build_records() %}

with records as (
    select * from {{ ref('int_build_records') }}
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
        record
    from records
    {% if is_incremental() %}
        where
            exists (
                select 1
                from {{ ref('int_build_days') }} as build_days
                where build_days.usage_date is not distinct from records.usage_date
            )
    {% endif %}
)

select * from final
