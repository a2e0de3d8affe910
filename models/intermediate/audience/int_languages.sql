with logged as (
    select distinct language as raw_language
    from {{ ref('int_audience_daily') }}
    where language is not null
),

languages as (
    select * from {{ ref('stg_geography__languages') }}
),

-- Tags differ in case, and programs write them with the underscore of their locales.
lowered as (
    select
        raw_language,
        replace(lower(raw_language), '_', '-') as tag
    from logged
),

prefixes as (
    select
        raw_language,
        split_part(tag, '-', 1) as first_subtag,
        split_part(tag, '-', 1) || '-' || split_part(tag, '-', 2) as first_two_subtags
    from lowered
),

final as (
    select
        prefixes.raw_language,
        coalesce(longer.language, shorter.language, 'unknown') as language
    from prefixes
    left join languages as longer on prefixes.first_two_subtags = longer.language_tag
    left join languages as shorter on prefixes.first_subtag = shorter.language_tag
)

select * from final
