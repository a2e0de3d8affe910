{{ config(materialized='table') }}

with audience as (
    select * from {{ ref('int_audience_daily') }}
),

labels as (
    select * from {{ ref('int_labels_daily') }}
),

countries as (
    select * from {{ ref('stg_geography__countries') }}
),

languages as (
    select * from {{ ref('int_languages') }}
),

usage as (
    select * from audience
    where not is_billed
),

{{ priced_ctes() }},

spent as (
    select
        population,
        gateway,
        usage_date,
        dimension,
        country_code,
        language,
        requests,
        tokens,
        spend_usd
    from priced
    union all
    select
        population,
        gateway,
        usage_date,
        dimension,
        country_code,
        language,
        requests,
        tokens,
        billed_usd as spend_usd
    from audience
    where is_billed
),

placed as (
    select
        spent.population,
        spent.gateway,
        spent.usage_date,
        spent.dimension,
        case
            when spent.dimension = 'country' then coalesce(countries.country_code, 'unknown')
        end as country_code,
        case
            when spent.dimension = 'country' then coalesce(countries.continent, 'unknown')
        end as continent,
        case
            when spent.dimension = 'language' then coalesce(languages.language, 'unknown')
        end as language,
        spent.requests,
        spent.tokens,
        spent.spend_usd
    from spent
    left join countries on upper(spent.country_code) = countries.country_code
    left join languages on spent.language = languages.raw_language
),

final as (
    select
        population,
        gateway,
        usage_date,
        dimension,
        country_code,
        continent,
        language,
        {{ sum_count('requests') }} as requests,
        {{ sum_count('tokens') }} as tokens,
        sum(spend_usd) as spend_usd
    from placed
    group by
        population, gateway, usage_date, dimension, country_code, continent, language
)

select * from final
