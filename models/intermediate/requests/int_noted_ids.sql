{{ config(materialized='table') }}

-- depends_on: {{ ref('int_read_days') }}

{%- set previous = previous_build('int_request_duplicates', 'intermediate') %}

with repeated as (
    select id_hash from {{ ref('int_repeated_ids') }}
),

-- Duplicates that stand on days to read: they are no requests of their weeks.
standing as (
    {% if previous is none %}
        select id_hash
        from repeated
        where false
    {% else %}
        select {{ id_hash() }} as id_hash
        from {{ previous }}
        where usage_date in (select usage_date from {{ ref('int_read_days') }})
    {% endif %}
),

tagged as (
    select {{ id_hash() }} as id_hash
    from {{ ref('int_request_tags') }}
),

noted as (
    select
        id_hash,
        true as is_repeated
    from repeated
    union all
    select
        id_hash,
        true as is_repeated
    from standing
    union all
    select
        id_hash,
        false as is_repeated
    from tagged
),

final as (
    select
        id_hash,
        bool_or(is_repeated) as is_repeated
    from noted
    group by id_hash
)

select * from final
