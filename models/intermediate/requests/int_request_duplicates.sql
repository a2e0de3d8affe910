{{ config(
    materialized='incremental',
    meta={'slice_key': 'usage_date', 'slices': 'int_build_days'},
) }}

-- depends_on: {{ ref('int_build_days') }}
-- depends_on: {{ ref('int_judged_duplicates') }}

{%- do require_build_records() %}

with contenders as (
    select * from {{ ref('int_build_records') }}
    where is_repeated and not is_rejected
),

{% if is_incremental() %}
    duplicates as (
        select * from {{ ref('int_judged_duplicates') }}
        where usage_date in (select usage_date from {{ ref('int_build_days') }})
    ),
{% else %}
    {{ duplicate_ctes() }},
{% endif %}

final as (
    select
        population,
        gateway,
        usage_date,
        request_id,
        read_file,
        source_row,
        better_usage_date
    from duplicates
)

select * from final
