with requests as (
    select
        population,
        gateway,
        usage_date,
        read_file,
        source_row,
        rejection_reasons,
        record
    from {{ ref('int_request_rejects') }}
),

published as (
    select
        population,
        gateway,
        usage_date,
        read_file,
        source_row,
        rejection_reasons,
        {{ record_as_text('record') }} as record
    from {{ ref('int_published_usage_validated') }}
    where is_rejected
),

rejected as (
    select * from requests
    union all
    select * from published
),

files as (
    select * from {{ ref('stg_inputs__files') }}
),

final as (
    select
        rejected.population,
        rejected.gateway,
        files.source_file,
        -- The place among the records of the file, or the line where it could not be parsed.
        case
            when rejected.rejection_reasons like '%record_unreadable%' then 'line '
            else 'record '
        end || cast(rejected.source_row as {{ dbt.type_string() }}) as record_key,
        rejected.usage_date,
        rejected.rejection_reasons as reasons,
        rejected.record
    from rejected
    inner join files
        on rejected.gateway = files.gateway
        and rejected.read_file = files.read_file
)

select * from final
