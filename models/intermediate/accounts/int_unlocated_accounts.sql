{{ config(materialized='incremental', incremental_strategy='append') }}

-- depends_on: {{ ref('int_build_days') }}
-- depends_on: {{ ref('int_input_days') }}

{%- set gateways = gateways_with('accounts') | map(attribute='name') | list %}

-- It only grows, and holds the accounts of rejected records and duplicates too, which takes a
-- quarter of the time: one that should not be here costs a search when its country comes.
with requests as (
    select
        gateway,
        read_file,
        account_id
    from {{ ref('int_requests_unioned') }}
    where
        account_id is not null
        and country_code is null
        {% if gateways == [none] -%}
            and false
        {%- else -%}
            and gateway in ('{{ gateways | join("', '") }}')
        {%- endif %}
),

account_countries as (
    select * from {{ ref('int_account_countries') }}
),

changed_accounts as (
    select * from {{ ref('int_changed_accounts') }}
),

{% if is_incremental() %}
    build_files as (
        select distinct input_days.read_file
        from {{ ref('int_input_days') }} as input_days
        inner join {{ ref('int_build_days') }} as build_days
            on input_days.usage_date = build_days.usage_date
    ),
{% endif %}

seen as (
    select distinct
        gateway,
        account_id
    from requests
    {% if is_incremental() %}
        {% if any_rows(ref('int_build_days')) %}
            where read_file in (select build_files.read_file from build_files)
        {% else %}
            where false
        {% endif %}
    {% endif %}
),

unlocated as (
    select
        seen.gateway,
        seen.account_id
    from seen
    left join account_countries
        on seen.gateway = account_countries.gateway
        and seen.account_id = account_countries.account_id
    where account_countries.account_id is null
    union
    select
        gateway,
        account_id
    from changed_accounts
    where change = 'removed'
),

final as (
    select
        unlocated.gateway,
        unlocated.account_id
    from unlocated
    {% if is_incremental() %}
        left join {{ this }} as stored
            on unlocated.gateway = stored.gateway
            and unlocated.account_id = stored.account_id
        where stored.account_id is null
    {% endif %}
)

select * from final
