{{ config(materialized='incremental', incremental_strategy='append') }}

-- depends_on: {{ ref('int_build_days') }}
{%- set gateways = gateways_with('accounts') | map(attribute='name') | list %}

-- It only grows: one that should not be here costs a search when its country comes.
with requests as (
    {{ requests_of_days('int_build_days') }}
),

without_country as (
    select
        gateway,
        account_id
    from requests
    where
        account_id is not null
        and country_code is null
        {% if gateways == [none] -%}
            and false
        {%- else -%}
            and gateway in ('{{ gateways | join("', '") }}')
        {%- endif %}
),

changed_accounts as (
    select * from {{ ref('int_changed_accounts') }}
),

unlocated as (
    select
        gateway,
        account_id
    from without_country
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
