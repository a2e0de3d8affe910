with weeks as (
    select * from {{ ref('int_study_weeks') }}
),

facts as (
    select * from {{ ref('int_study_facts') }}
),

published as (
    select * from {{ ref('stg_study__values') }}
),

region_weeks as (
    select
        region_shares_weekly.*,
        weeks.from_start,
        weeks.from_end
    from {{ ref('region_shares_weekly') }} as region_shares_weekly
    inner join weeks
        on region_shares_weekly.population = weeks.population
        and region_shares_weekly.week_start = weeks.week_start
),

regions as (
    select * from {{ ref('region_totals') }}
),

-- The three tables of the study as one: what a place or language holds of the tokens.
audience as (
    select
        population,
        'continent' as kind,
        continent as member,
        token_share,
        is_suppressed
    from regions
    union all
    select
        population,
        'country' as kind,
        country_code as member,
        token_share,
        is_suppressed
    from {{ ref('country_totals') }}
    union all
    select
        population,
        'language' as kind,
        language as member,
        token_share,
        is_suppressed
    from {{ ref('language_totals') }}
),

g1 as (
    {% for part, rank in {'start': 'from_start', 'end': 'from_end'}.items() -%}
        select
            population,
            'G1' as finding_id,
            '{{ part }}' as part,
            {{ share_shown_where('spend_usd', "continent = 'Asia'") }} as computed_value
        from region_weeks
        where {{ rank }} <= 4
        group by population
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

g2 as (
    select
        population,
        'G2' as finding_id,
        'share of spend' as part,
        {{ share_shown_where('spend_usd', "continent = 'North America'") }} as computed_value
    from regions
    group by population
),

-- G26 is about the United States too, but of all that they do not hold.
named as (
    select * from published
    where subject_kind in ('continent', 'country', 'language') and finding_id <> 'G26'
),

-- What nobody used holds nothing: that is a value, not a gap.
g3_to_g18_and_g20_to_g24 as (
    select
        facts.population,
        named.finding_id,
        named.part,
        case
            when not coalesce(audience.is_suppressed, false)
                then coalesce(audience.token_share, 0)
        end as computed_value
    from facts
    cross join named
    left join audience
        on facts.population = audience.population
        and named.subject_kind = audience.kind
        and named.subject = audience.member
),

-- Of the known ones: `unknown` is no country and no language.
g19_and_g25 as (
    {% for finding_id, kind in {'G19': 'country', 'G25': 'language'}.items() -%}
        select
            audience.population,
            '{{ finding_id }}' as finding_id,
            'share of tokens' as part,
            {{ sum_shown_where(
                'audience.token_share',
                "named.subject is null and audience.member <> 'unknown'"
            ) }} as computed_value
        from audience
        left join named
            on audience.kind = named.subject_kind
            and audience.member = named.subject
        where audience.kind = '{{ kind }}'
        group by audience.population
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

g26 as (
    select
        population,
        'G26' as finding_id,
        'share of tokens' as part,
        {{ sum_shown_where('token_share', "member not in ('US', 'unknown')") }} as computed_value
    from audience
    where kind = 'country'
    group by population
),

final as (
    {% for finding in ['g1', 'g2', 'g3_to_g18_and_g20_to_g24', 'g19_and_g25', 'g26'] -%}
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
