{#- Shares of categories in a scope: finding, part, scope, weeks, categories. -#}
{% set last_four = 'classified_from_end <= 4' %}
{% set first_four = 'classified_from_start <= 4' %}
{% set last_week = 'classified_from_end = 1' %}
{% set first_week = 'classified_from_start = 1' %}
{% set category_findings = [
    ['C1', 'last four weeks', 'open', last_four, "category = 'roleplay'"],
    ['C1', 'last week', 'open', last_week, "category = 'roleplay'"],
    ['C2', 'last four weeks', 'open', last_four, "category = 'programming'"],
    ['C2', 'last week', 'open', last_week, "category = 'programming'"],
    ['C3', 'last four weeks', 'open_china', last_four, "category = 'roleplay'"],
    ['C4', 'last four weeks', 'open_china', last_four, "category in ('programming', 'technology')"],
    ['K1', 'first week', 'all', first_week, "category = 'programming'"],
    ['K1', 'last week', 'all', last_week, "category = 'programming'"],
] %}

{#- Who answers a category: finding, part, category, weeks, sources. -#}
{% set closed = "weights_class = 'closed'" %}
{% set source_findings = [
    ['C5', 'start', 'roleplay', first_four, closed],
    ['C5', 'end', 'roleplay', last_four, closed],
    ['C6', 'start', 'roleplay', first_four, "weights_class = 'open' and origin = 'rest_of_world'"],
    ['C6', 'end', 'roleplay', last_four, "weights_class = 'open' and origin = 'rest_of_world'"],
    ['C7', 'start', 'roleplay', first_four, "weights_class = 'open' and origin = 'china'"],
    ['C8', 'end', 'programming', last_four, closed],
] %}

{#- Shares of programming spend: finding, part, author, weeks. -#}
{% set spend_findings = [
    ['K2', 'mean week', 'anthropic', 'true'],
    ['K2', 'week of 2025-11-17', 'anthropic',
     'week_start = ' ~ week_start("cast('2025-11-17' as date)")],
    ['K3', 'July 2025', 'openai',
     "week_start >= cast('2025-07-01' as date) and week_start <= cast('2025-07-31' as date)"],
    ['K3', 'last week', 'openai', last_week],
    ['K4', 'mean week', 'google', 'true'],
] %}

{#- What the models of an author are used for: finding, part, author, weeks, categories. -#}
{% set profile_findings = [
    ['P1', 'programming and technology', 'anthropic', 'true',
     "category in ('programming', 'technology')"],
    ['P2', 'programming', 'google', last_four, "category = 'programming'"],
    ['P2', 'legal', 'google', last_four, "category = 'legal'"],
    ['P2', 'science', 'google', last_four, "category = 'science'"],
    ['P4', 'science, first week', 'openai', first_week, "category = 'science'"],
    ['P4', 'science, end', 'openai', last_four, "category = 'science'"],
    ['P4', 'programming, end', 'openai', last_four, "category = 'programming'"],
    ['P4', 'technology, end', 'openai', last_four, "category = 'technology'"],
    ['P5', 'roleplay', 'deepseek', 'true', "category = 'roleplay'"],
    ['P6', 'programming', 'qwen', 'true', "category = 'programming'"],
] %}

with weeks as (
    select * from {{ ref('int_study_weeks') }}
    where is_classified
),

facts as (
    select * from {{ ref('int_study_facts') }}
),

published as (
    select * from {{ ref('stg_study__values') }}
),

classified_requests as (
    select * from {{ ref('int_classified_requests') }}
),

tag_shares as (
    select * from {{ ref('tag_composition') }}
),

-- The study leaves out what is in no category.
category_cells as (
    select
        categories.*,
        weeks.classified_from_start,
        weeks.classified_from_end
    from {{ ref('category_shares_weekly') }} as categories
    inner join weeks
        on categories.population = weeks.population
        and categories.week_start = weeks.week_start
    where categories.category not in ('other', 'unknown')
),

source_cells as (
    select
        sources.*,
        weeks.classified_from_start,
        weeks.classified_from_end
    from {{ ref('category_sources_weekly') }} as sources
    inner join weeks
        on sources.population = weeks.population
        and sources.week_start = weeks.week_start
),

programming_spend as (
    select
        authors.population,
        authors.week_start,
        weeks.classified_from_end,
        {% for author in ['anthropic', 'openai', 'google'] -%}
            {{ share_shown_where('authors.spend_usd', "authors.author = '" ~ author ~ "'") }}
                as {{ author }}_share,
        {% endfor -%}
        bool_or(authors.is_suppressed) as is_suppressed
    from {{ ref('category_authors_weekly') }} as authors
    inner join weeks
        on authors.population = weeks.population
        and authors.week_start = weeks.week_start
    where authors.category = 'programming'
    group by authors.population, authors.week_start, weeks.classified_from_end
),

profile_cells as (
    select
        profiles.*,
        weeks.classified_from_start,
        weeks.classified_from_end
    from {{ ref('provider_profiles_weekly') }} as profiles
    inner join weeks
        on profiles.population = weeks.population
        and profiles.week_start = weeks.week_start
    where profiles.category not in ('other', 'unknown')
),

c1_to_c4_and_k1 as (
    {% for finding_id, part, scope, period, condition in category_findings -%}
        select
            population,
            '{{ finding_id }}' as finding_id,
            '{{ part }}' as part,
            {{ share_shown_where('tokens', condition) }} as computed_value
        from category_cells
        where scope = '{{ scope }}' and {{ period }}
        group by population
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

c5_to_c8 as (
    {% for finding_id, part, category, period, condition in source_findings -%}
        select
            population,
            '{{ finding_id }}' as finding_id,
            '{{ part }}' as part,
            {{ share_shown_where('tokens', condition) }} as computed_value
        from source_cells
        where category = '{{ category }}' and {{ period }}
        group by population
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

k2_to_k4 as (
    {% for finding_id, part, author, period in spend_findings -%}
        select
            population,
            '{{ finding_id }}' as finding_id,
            '{{ part }}' as part,
            {{ mean_shown(author ~ '_share') }} as computed_value
        from programming_spend
        where {{ period }}
        group by population
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

k5_to_k12 as (
    select
        tag_shares.population,
        published.finding_id,
        published.part,
        {{ share_shown_where('tag_shares.tokens', is_subject('tag_shares.tag')) }}
            as computed_value
    from tag_shares
    inner join published on tag_shares.category = published.category
    where published.subject_kind = 'tag'
    group by tag_shares.population, published.finding_id, published.part
),

k10 as (
    select
        population,
        'K10' as finding_id,
        'largest sub-tag' as part,
        case when not bool_or(is_suppressed) then max(token_share) end as computed_value
    from tag_shares
    where category = 'health'
    group by population
),

p1_to_p6 as (
    {% for finding_id, part, author, period, condition in profile_findings -%}
        select
            population,
            '{{ finding_id }}' as finding_id,
            '{{ part }}' as part,
            {{ share_shown_where('tokens', condition) }} as computed_value
        from profile_cells
        where author = '{{ author }}' and {{ period }}
        group by population
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

p3_weeks as (
    select
        population,
        week_start,
        {{ share_shown_where('tokens', "category = 'programming'") }} as programming_share,
        bool_or(is_suppressed) as is_suppressed
    from profile_cells
    where author = 'x-ai'
    group by population, week_start
),

p3 as (
    select
        population,
        'P3' as finding_id,
        'weeks above 0.80' as part,
        {{ mean_shown('cast(programming_share > 0.80 as integer)') }}
            as computed_value
    from p3_weeks
    group by population
),

d1_sampling as (
    select
        population,
        max(sampling_rate) as sampling_rate
    from classified_requests
    group by population
),

d1 as (
    select
        facts.population,
        'D1' as finding_id,
        published.part,
        case published.part
            when 'threshold' then cast({{ var('min_tag_confidence') }} as double)
            when 'sampling rate' then d1_sampling.sampling_rate
        end as computed_value
    from facts
    inner join published on published.finding_id = 'D1'
    left join d1_sampling on facts.population = d1_sampling.population
),

final as (
    {% for finding in [
        'c1_to_c4_and_k1', 'c5_to_c8', 'k2_to_k4', 'k5_to_k12', 'k10', 'p1_to_p6', 'p3', 'd1',
    ] -%}
        select
            population,
            finding_id,
            part,
            computed_value
        from {{ finding }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
