{{ config(materialized='table') }}

{%- set previous = previous_build('int_input_days', 'intermediate') %}

with files as (
    select * from {{ ref('stg_inputs__files') }}
    where not is_daily
),

known_files as (
    {% if previous is none %}
        select
            cast(null as {{ dbt.type_string() }}) as gateway,
            cast(null as {{ dbt.type_string() }}) as read_file,
            cast(null as {{ dbt.type_string() }}) as fingerprint,
            cast(null as {{ dbt.type_timestamp() }}) as first_future_at
        where false
    {% else %}
        select
            gateway,
            read_file,
            fingerprint,
            min(first_future_at) as first_future_at
        from {{ previous }}
        group by gateway, read_file, fingerprint
    {% endif %}
),

compared as (
    select
        coalesce(files.gateway, known_files.gateway) as gateway,
        coalesce(files.read_file, known_files.read_file) as read_file,
        case
            when known_files.read_file is null then 'added'
            when files.read_file is null then 'removed'
            when files.fingerprint <> known_files.fingerprint then 'changed'
            -- A record that was rejected because it lay in the future may lie in the past by now.
            when known_files.first_future_at <= {{ latest_instant() }}
                then 'matured'
        end as change
    from files
    full outer join known_files
        on files.gateway = known_files.gateway
        and files.read_file = known_files.read_file
),

final as (
    select
        gateway,
        read_file,
        change
    from compared
    where change is not null
)

select * from final
