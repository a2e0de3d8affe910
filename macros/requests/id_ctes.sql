{#- The ids of all records in the files of the days that a model lists, hashed, as the CTEs `logged` and
    `unnamed`. A record without an id has the hash of all its values for one, which costs as much as
    reading them all: apart, so that it costs nothing where every record has an id.
    is_read: whether anything is read at all. -#}
{% macro id_ctes(days, is_read=true) %}
{%- set in_files = in_files_of_days(days) if is_read else 'false' -%}
logged as (
    select
        {{ id_hash() }} as id_hash,
        requests.read_file
    from {{ ref('int_requests_unioned') }} as requests
    where
        requests.request_id is not null
        and {{ in_files }}
),

unnamed as (
    select
        {{ id_hash() }} as id_hash,
        requests.read_file
    from {{ ref('int_requests_validated') }} as requests
    where
        not requests.has_request_id
        and {{ in_files }}
)
{%- endmacro %}
