-- What a log holds decides what can be computed on it, and why not.
with usage as (
    select * from {{ ref('fct_usage_daily') }}
),

weeks as (
    select * from {{ ref('int_study_weeks') }}
),

author_totals as (
    select * from {{ ref('author_totals') }}
    where weights_class = 'open'
),

regions as (
    select * from {{ ref('region_totals') }}
),

languages as (
    select * from {{ ref('language_totals') }}
),

tool_calls as (
    select * from {{ ref('tool_call_shares_weekly') }}
),

published as (
    select * from {{ ref('stg_study__values') }}
    where unit = 'trillion_tokens'
),

populations as (
    select
        population,
        min(usage_date) as first_date,
        max(usage_date) as last_date,
        coalesce(sum(requests), 0) > 0 as has_requests,
        coalesce(max(accounts), 0) > 0 as has_accounts,
        coalesce(sum(spend_usd), 0) > 0 as has_spend
    from usage
    group by population
),

week_counts as (
    select
        population,
        count(*) as weeks,
        count(classified_from_start) as classified_weeks
    from weeks
    group by population
),

countries_known as (
    select
        population,
        {{ sum_exact("case when continent <> 'unknown' then token_share end") }} as known_share
    from regions
    group by population
),

languages_known as (
    select
        population,
        {{ sum_exact("case when language <> 'unknown' then token_share end") }} as known_share
    from languages
    group by population
),

tool_call_use as (
    select
        population,
        max(request_share) > 0 as has_tool_calls
    from tool_calls
    group by population
),

-- Levels of use depend on the size of a log. They are compared after the open models of the
-- authors of Table 1 have been scaled to what the table sums to; without all of them there is no
-- scale.
table_authors as (
    select
        populations.population,
        published.subject as author,
        published.published_value as published_trillions,
        author_totals.tokens
    from populations
    cross join published
    left join author_totals
        on populations.population = author_totals.population
        and published.subject = author_totals.author
        and author_totals.tokens > 0
),

scales as (
    select
        population,
        case
            when count(tokens) = count(*)
                then {{ sum_exact('published_trillions') }} / {{ sum_exact('tokens') }}
        end as study_trillions_per_token,
        {{ sorted_list('case when tokens is null then author end') }} as authors_without_open_use
    from table_authors
    group by population
),

final as (
    select
        populations.population,
        populations.first_date,
        populations.last_date,
        populations.has_requests,
        populations.has_accounts,
        populations.has_spend,
        coalesce(tool_call_use.has_tool_calls, false) as has_tool_calls,
        coalesce(week_counts.weeks, 0) as weeks,
        coalesce(week_counts.classified_weeks, 0) as classified_weeks,
        coalesce(countries_known.known_share, 0) as known_country_share,
        coalesce(languages_known.known_share, 0) as known_language_share,
        scales.study_trillions_per_token,
        scales.authors_without_open_use
    from populations
    left join week_counts on populations.population = week_counts.population
    left join countries_known on populations.population = countries_known.population
    left join languages_known on populations.population = languages_known.population
    left join tool_call_use on populations.population = tool_call_use.population
    left join scales on populations.population = scales.population
)

select * from final
