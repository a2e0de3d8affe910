with account_days as (
    select * from {{ ref('int_account_days') }}
),

countries as (
    select * from {{ ref('stg_geography__countries') }}
),

languages as (
    select * from {{ ref('int_languages') }}
),

final as (
    select distinct
        account_days.population,
        {{ week_start('account_days.usage_date') }} as week_start,
        account_days.account_id,
        coalesce(countries.country_code, 'unknown') as country_code,
        coalesce(countries.continent, 'unknown') as continent,
        coalesce(languages.language, 'unknown') as language
    from account_days
    left join countries on upper(account_days.country_code) = countries.country_code
    left join languages on account_days.language = languages.raw_language
)

select * from final
