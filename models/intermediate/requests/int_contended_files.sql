{{ config(materialized='table') }}

-- depends_on: {{ ref('int_contended_days') }}
-- depends_on: {{ ref('int_input_days') }}

{%- set previous = previous_build('int_request_duplicates', 'intermediate') %}

-- Most ids are repeated within a few files: these alone are then read with all their columns.
-- Without an earlier build every file is read whole in any case.
with repeated_ids as (
    select * from {{ ref('int_repeated_ids') }}
),

logged as (
    select
        {{ id_hash() }} as id_hash,
        requests.read_file
    from {{ ref('int_requests_unioned') }} as requests
    where
        requests.request_id is not null
        and {{ 'false' if previous is none else in_files_of_days('int_contended_days') }}
),

unnamed as (
    select
        {{ id_hash() }} as id_hash,
        requests.read_file
    from {{ ref('int_requests_validated') }} as requests
    where
        not requests.has_request_id
        and {{ 'false' if previous is none else in_files_of_days('int_contended_days') }}
),

final as (
    select read_file
    from logged
    where id_hash in (select repeated_ids.id_hash from repeated_ids)
    union
    select read_file
    from unnamed
    where id_hash in (select repeated_ids.id_hash from repeated_ids)
)

select * from final
