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

-- What stands beside a log has no day, and is no part of the counts of data_quality_daily.
tags as (
    select
        population,
        gateway,
        cast(null as date) as usage_date,
        read_file,
        source_row,
        rejection_reasons,
        {{ record_as_text('record') }} as record
    from {{ ref('int_request_tags_validated') }}
    where is_rejected
),

accounts as (
    select
        population,
        gateway,
        cast(null as date) as usage_date,
        read_file,
        source_row,
        rejection_reasons,
        {{ record_as_text('record') }} as record
    from {{ ref('int_accounts_validated') }}
    where is_rejected
),

files as (
    select
        'log' as read_as,
        gateway,
        read_file,
        source_file
    from {{ ref('stg_inputs__files') }}
    union all
    select
        side_input as read_as,
        gateway,
        read_file,
        source_file
    from {{ ref('stg_inputs__side_files') }}
),

rejected as (
    select
        'log' as read_as,
        *
    from requests
    union all
    select
        'log' as read_as,
        *
    from published
    union all
    select
        'tags' as read_as,
        *
    from tags
    union all
    select
        'accounts' as read_as,
        *
    from accounts
),

final as (
    select
        rejected.population,
        rejected.gateway,
        files.source_file,
        -- The place among the records of the file, or the line where it could not be parsed. One
        -- file can be a log and stand beside it.
        case when rejected.read_as <> 'log' then rejected.read_as || ' ' else '' end
        || case
            when rejected.rejection_reasons like '%record_unreadable%' then 'line '
            else 'record '
        end
        || cast(rejected.source_row as {{ dbt.type_string() }}) as record_key,
        rejected.usage_date,
        rejected.rejection_reasons as reasons,
        rejected.record
    from rejected
    inner join files
        on rejected.read_as = files.read_as
        and rejected.gateway = files.gateway
        and rejected.read_file = files.read_file
)

select * from final
