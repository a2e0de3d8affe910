{{ config(materialized='table') }}

-- depends_on: {{ ref('int_read_days') }}
-- depends_on: {{ ref('int_input_days') }}

{%- set previous = previous_build('int_request_duplicates', 'intermediate') %}

-- Ids that more than one record bears, valid or not: who is the better one is judged where all of
-- the record is at hand. Hashes of the engine's own make the one pass over all ids half as dear;
-- two ids of one hash are noted for nothing.
with logged as (
    select {{ id_hash() }} as id_hash
    from {{ ref('int_requests_unioned') }} as requests
    where
        requests.request_id is not null
        and {{ in_read_files() }}
),

-- A record without an id has the hash of all its values for one, which costs as much as reading
-- them all: apart, so that it costs nothing where every record has an id.
unnamed as (
    select {{ id_hash() }} as id_hash
    from {{ ref('int_requests_validated') }} as requests
    where
        not requests.has_request_id
        and {{ in_read_files() }}
),

repeated as (
    select id_hash
    from logged
    group by id_hash
    having count(*) > 1
    union
    select id_hash
    from unnamed
    group by id_hash
    having count(*) > 1
),

-- The duplicates of days that stand: their better records may lie on days that are not read.
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
