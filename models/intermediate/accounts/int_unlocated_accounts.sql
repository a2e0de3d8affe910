{{ config(materialized='incremental', incremental_strategy='append') }}

{%- set gateways = gateways_with('accounts') | map(attribute='name') | list %}

-- depends_on: {{ ref('int_build_days') }}
-- depends_on: {{ ref('int_input_days') }}

-- It only grows: an account that stands here too long costs one search for it when its country
-- comes, and nothing else.
with requests as (
    select * from {{ ref('int_requests_located') }}
    where
        {% if gateways == [none] -%}
            false
        {%- else -%}
            gateway in ('{{ gateways | join("', '") }}')
        {%- endif %}
),

changed_accounts as (
    select * from {{ ref('int_changed_accounts') }}
),

unlocated as (
    select
        gateway,
        account_id
    from requests
    where
        account_id is not null
        and country_code is null
        {% if is_incremental() %}
            and {{ in_build_days() }}
        {% endif %}
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
