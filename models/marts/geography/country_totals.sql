with usage as (
    select * from {{ ref('int_audience_priced') }}
    where dimension = 'country'
),

account_models as (
    select * from {{ ref('int_account_audience_weekly') }}
),

countries as (
    select * from {{ ref('stg_geography__countries') }}
),

working_age_populations as (
    select
        country_code,
        working_age_population,
        max(case when country_code = 'world' then working_age_population end) over ()
            as world_population
    from {{ ref('stg_geography__working_age_population') }}
),

{{ share_ctes(keys=['country_code']) }},

indexed as (
    select
        cells.*,
        coalesce(countries.country_name, 'unknown') as country_name,
        coalesce(countries.continent, 'unknown') as continent,
        cast(
            rank() over (partition by cells.population order by cells.tokens desc nulls last)
            as {{ dbt.type_bigint() }}
        ) as rank,
        cells.token_share / nullif(
            cast(working_age_populations.working_age_population as double)
            / cast(working_age_populations.world_population as double),
            0
        ) as usage_index
    from cells
    left join countries on cells.country_code = countries.country_code
    left join working_age_populations
        on cells.country_code = working_age_populations.country_code
),

final as (
    select
        population,
        country_code,
        country_name,
        continent,
        {{ unless_suppressed([
            'requests', 'tokens', 'spend_usd', 'token_share', 'request_share', 'spend_share',
            'usage_index', 'rank',
        ]) }},
        is_suppressed
    from indexed
)

select * from final
