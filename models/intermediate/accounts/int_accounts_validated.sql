{%- set rules = account_rejection_rules() -%}

with accounts as (
    select * from {{ ref('stg_accounts__countries') }}
),

countries as (
    select * from {{ ref('stg_geography__countries') }}
),

looked_up as (
    select
        accounts.*,
        countries.country_code is not null as is_known_country
    from accounts
    left join countries on accounts.country_code = countries.country_code
),

final as (
    select
        population,
        gateway,
        read_file,
        source_row,
        source_error,
        account_id,
        country_code,
        record,
        {{ is_rejected(rules) }} as is_rejected,
        {{ rejection_reasons(rules) }} as rejection_reasons
    from looked_up
)

select * from final
