{{ config(
    materialized='incremental',
    meta={'slice_key': 'read_file', 'slices': 'int_changed_files'},
) }}

-- depends_on: {{ ref('int_changed_files') }}

with files as (
    select * from {{ ref('stg_inputs__files') }}
    where not is_daily
),

files_to_read as (
    select * from files
    {% if is_incremental() %}
        where read_file in (select read_file from {{ ref('int_changed_files') }})
    {% endif %}
),

records as (
    select
        gateway,
        read_file,
        usage_date,
        requested_at
    from {{ ref('int_requests_validated') }}
    {% if is_incremental() %}
        where read_file in (select read_file from {{ ref('int_changed_files') }})
    {% endif %}
),

counted as (
    select
        gateway,
        read_file,
        usage_date,
        count(*) as raw_records,
        min(
            case
                when requested_at > {{ latest_instant() }} then requested_at
            end
        ) as first_future_at
    from records
    group by gateway, read_file, usage_date
),

final as (
    select
        files_to_read.population,
        files_to_read.gateway,
        files_to_read.source_file,
        files_to_read.read_file,
        files_to_read.fingerprint,
        files_to_read.delivered_on,
        counted.usage_date,
        -- A file without a record has one row, so that it is known to have been read.
        cast(coalesce(counted.raw_records, 0) as {{ dbt.type_bigint() }}) as raw_records,
        counted.first_future_at
    from files_to_read
    left join counted
        on files_to_read.gateway = counted.gateway
        and files_to_read.read_file = counted.read_file
)

select * from final
