{{ config(materialized='table') }}

{%- set previous = previous_build('int_request_duplicates', 'intermediate') %}

-- What a first build finds in one pass over the log (int_request_duplicates) is asked here of a few
-- days, before it is known which days to build: around a change most days keep the requests they
-- had.
with contended_days as (
    select * from {{ ref('int_contended_days') }}
),

contended_files as (
    select * from {{ ref('int_contended_files') }}
),

repeated_ids as (
    select * from {{ ref('int_repeated_ids') }}
),

records as (
    select
        *,
        country_code as logged_country_code,
        {{ id_hash() }} as id_hash
    from {{ ref('int_requests_validated') }}
    where
        not is_rejected
        {%- if any_rows(ref('int_contended_files')) %}
            and read_file in (select contended_files.read_file from contended_files)
        {%- else %}
            and false
        {%- endif %}
),

contenders as (
    select records.*
    from records
    inner join contended_days on records.usage_date = contended_days.usage_date
    where records.id_hash in (select repeated_ids.id_hash from repeated_ids)
),

{{ duplicate_ctes() }},

-- Whoever is no duplicate on a judged day, of which all that is near is in sight.
counted as (
    select distinct
        compared.gateway,
        compared.request_id,
        compared.raw_model,
        coalesce(compared.account_id, '') as account_key,
        {{ month_start('compared.usage_date') }} as month_start
    from compared
    inner join contended_days on compared.usage_date = contended_days.usage_date
    where
        contended_days.is_judged
        and compared.best_place_near = compared.place
),

judged as (
    select
        duplicates.*,
        counted.request_id is not null as is_counted_elsewhere
    from duplicates
    inner join contended_days on duplicates.usage_date = contended_days.usage_date
    left join counted
        on duplicates.gateway = counted.gateway
        and duplicates.request_id = counted.request_id
        and duplicates.raw_model = counted.raw_model
        and coalesce(duplicates.account_id, '') = counted.account_key
        and {{ month_start('duplicates.usage_date') }} = counted.month_start
    where contended_days.is_judged
),

stored as (
    {% if previous is none %}
        select
            *,
            cast(null as {{ dbt.type_bigint() }}) as id_hash
        from judged
        where false
    {% else %}
        select
            *,
            true as is_counted_elsewhere,
            {{ id_hash() }} as id_hash
        from {{ previous }}
    {% endif %}
),

-- Of the days that have not changed themselves, where neither record nor better record has.
standing as (
    select stored.*
    from stored
    inner join contended_days on stored.usage_date = contended_days.usage_date
    left join repeated_ids on stored.id_hash = repeated_ids.id_hash
    where
        contended_days.is_judged
        and not contended_days.is_changed
        and repeated_ids.id_hash is null
),

{%- set columns %}
    population,
    gateway,
    usage_date,
    request_id,
    read_file,
    source_row,
    better_usage_date,
    is_counted_elsewhere
{%- endset %}

final as (
    select {{ columns }} from judged
    union all
    select {{ columns }} from standing
)

select * from final
