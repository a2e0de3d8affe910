with usage as (
    select * from {{ ref('int_audience_priced') }}
    where dimension = 'language'
),

account_models as (
    select * from {{ ref('int_account_audience_weekly') }}
),

-- Of the tags that are counted as one language the one that is its own gives the name.
languages as (
    select * from {{ ref('stg_geography__languages') }}
    where language_tag = lower(language)
),

{{ share_ctes(keys=['language']) }},

ranked as (
    select
        cells.*,
        coalesce(languages.language_name, cells.language) as language_name,
        cast(
            rank() over (partition by cells.population order by cells.tokens desc nulls last)
            as {{ dbt.type_bigint() }}
        ) as rank
    from cells
    left join languages on cells.language = languages.language
),

final as (
    select
        population,
        language,
        language_name,
        {{ unless_suppressed([
            'requests', 'tokens', 'spend_usd', 'token_share', 'request_share', 'spend_share',
            'rank',
        ]) }},
        is_suppressed
    from ranked
)

select * from final
