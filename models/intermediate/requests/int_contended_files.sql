{{ config(materialized='table') }}

-- depends_on: {{ ref('int_contended_days') }}
-- depends_on: {{ ref('int_input_days') }}

{%- set previous = previous_build('int_request_duplicates', 'intermediate') %}

-- Most ids are repeated within a few files: these alone are then read with all their columns.
-- Without an earlier build every file is read whole in any case.
with repeated_ids as (
    select * from {{ ref('int_repeated_ids') }}
),

{{ id_ctes('int_contended_days', is_read=previous is not none) }},

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
