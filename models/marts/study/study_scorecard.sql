{% set areas = ['market', 'categories', 'agentic', 'geography', 'retention', 'cost'] %}

{#- What the log lacks of what a finding needs: the condition, and how it is said. -#}
{% set known_at_least = 0.9 %}
{% set gaps = [
    ['(' ~ needs('requests') ~ ') and not has_requests',
     "'only published totals, no requests'"],
    ['(' ~ needs('tags') ~ ') and classified_weeks = 0',
     "'no complete week with classified requests'"],
    ['(' ~ needs('accounts') ~ ') and not has_accounts',
     "'no account keys'"],
    ['(' ~ needs('countries') ~ ') and known_country_share < ' ~ known_at_least,
     "case when known_country_share = 0 then 'no countries' else 'countries of too few tokens ('
      || cast(cast(known_country_share as decimal(38, 4)) as " ~ dbt.type_string() ~ ") || ')' end"],
    ['(' ~ needs('languages') ~ ') and known_language_share < ' ~ known_at_least,
     "case when known_language_share = 0 then 'no languages' else 'languages of too few tokens ('
      || cast(cast(known_language_share as decimal(38, 4)) as " ~ dbt.type_string() ~ ") || ')' end"],
    ['(' ~ needs('spend') ~ ') and not has_spend',
     "'no priced usage'"],
    ['(' ~ needs('tool_calls') ~ ') and not has_tool_calls',
     "'no request that finished with a tool call'"],
    ['(' ~ needs('scale') ~ ') and study_trillions_per_token is null',
     "'no open models of ' || authors_without_open_use"],
    ["((" ~ needs('models') ~ ") and subject_kind = 'model' or (" ~ needs('authors')
     ~ ") and subject_kind = 'author') and not is_subject_used",
     "'no use of ' || subject"],
    ['not (' ~ needs('tags') ~ ') and weeks < needs_weeks',
     "cast(weeks as " ~ dbt.type_string() ~ ") || ' complete weeks of '
      || cast(needs_weeks as " ~ dbt.type_string() ~ ")"],
    ['(' ~ needs('tags') ~ ') and classified_weeks > 0 and classified_weeks < needs_weeks',
     "cast(classified_weeks as " ~ dbt.type_string() ~ ") || ' complete classified weeks of '
      || cast(needs_weeks as " ~ dbt.type_string() ~ ")"],
    ['(first_date > window_from or last_date < window_to)',
     "'no data that covers ' || cast(window_from as " ~ dbt.type_string() ~ ") || ' to '
      || cast(window_to as " ~ dbt.type_string() ~ ")"],
] %}

with findings as (
    select * from {{ ref('stg_study__findings') }}
),

published as (
    select * from {{ ref('stg_study__values') }}
),

facts as (
    select * from {{ ref('int_study_facts') }}
),

usage as (
    select distinct
        population,
        model_id,
        author
    from {{ ref('fct_usage_daily') }}
),

computed as (
    {% for area in areas -%}
        select * from {{ ref('int_study_' ~ area) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

used_subjects as (
    select
        population,
        'model' as subject_kind,
        model_id as subject
    from usage
    union
    select
        population,
        'author' as subject_kind,
        author as subject
    from usage
),

parts as (
    select
        facts.*,
        published.*,
        findings.needs,
        findings.needs_weeks,
        used_subjects.subject is not null as is_subject_used,
        computed.computed_value
    from facts
    cross join published
    inner join findings on published.finding_id = findings.finding_id
    left join used_subjects
        on facts.population = used_subjects.population
        and published.subject_kind = used_subjects.subject_kind
        and published.subject = used_subjects.subject
    left join computed
        on facts.population = computed.population
        and published.finding_id = computed.finding_id
        and published.part = computed.part
),

gaps as (
    {% for condition, gap in gaps -%}
        select
            population,
            finding_id,
            part,
            is_judged,
            {{ loop.index }} as place,
            {{ gap }} as gap
        from parts
        where {{ condition }}
        union all
    {% endfor -%}
    select
        population,
        finding_id,
        part,
        is_judged,
        {{ gaps | length + 1 }} as place,
        case
            {% if var('min_cell_requests') > 1 or var('min_cell_accounts') > 1 -%}
                when has_requests then 'none, or cells too small to show, for ' || part
            {% endif -%}
            when {{ needs('accounts') }} then 'too few accounts for ' || part
            when {{ needs('tags') }} then 'too few classified requests for ' || part
            else 'nothing to compute ' || part || ' from'
        end as gap
    from parts
    where computed_value is null
),

-- Nothing that lacks what it needs counts as computed, though a formula gave a number: without
-- countries North America has 0 of the spend, which says nothing.
gapped_parts as (
    select distinct
        population,
        finding_id,
        part
    from gaps
),

-- The general gap is said where no other is, and of judged parts only.
told_gaps as (
    select distinct
        population,
        finding_id,
        place,
        gap,
        min(place) over (partition by population, finding_id) as first_place
    from gaps
    where is_judged or place <= {{ gaps | length }}
),

reasons as (
    select
        population,
        finding_id,
        {{ joined_text('gap', '; ', 'place asc, gap asc') }} as reason
    from told_gaps
    where place <= {{ gaps | length }} or first_place > {{ gaps | length }}
    group by population, finding_id
),

-- 1e-9: at the edge counts as within, whatever the last digit of a double is.
compared as (
    select
        parts.population,
        parts.finding_id,
        parts.part_number,
        parts.part,
        parts.is_headline,
        parts.is_judged,
        parts.unit,
        parts.comparison,
        parts.published_value,
        parts.published_low,
        parts.published_high,
        parts.tolerance,
        parts.allowed_low,
        parts.allowed_high,
        parts.other_published_value,
        parts.followed,
        case when gapped_parts.part is null then parts.computed_value end as computed_value
    from parts
    left join gapped_parts
        on parts.population = gapped_parts.population
        and parts.finding_id = gapped_parts.finding_id
        and parts.part = gapped_parts.part
),

judged as (
    select
        *,
        case
            when computed_value is null then null
            when comparison = 'above' then computed_value > allowed_low
            when comparison = 'below' then computed_value < allowed_high
            else
                coalesce(computed_value >= allowed_low - 1e-9, true)
                and coalesce(computed_value <= allowed_high + 1e-9, true)
        end as is_within
    from compared
),

told as (
    select
        *,
        coalesce(
            {{ figure_text('published_value') }},
            {{ figure_text('published_low') }} || ' to ' || {{ figure_text('published_high') }}
        ) as published_text,
        case
            when comparison = 'above' then 'above ' || {{ figure_text('allowed_low') }}
            when comparison = 'below' then 'below ' || {{ figure_text('allowed_high') }}
            when allowed_low is null then 'up to ' || {{ figure_text('allowed_high') }}
            when allowed_high is null then 'from ' || {{ figure_text('allowed_low') }}
            when allowed_low < allowed_high
                then
                    {{ figure_text('allowed_low') }} || ' to '
                    || {{ figure_text('allowed_high') }}
        end as allowed_text,
        coalesce({{ figure_text('computed_value') }}, 'nothing') as computed_text
    from judged
),

detailed as (
    select
        *,
        part
        || case when is_judged then ': ' else ' (reported): ' end
        || coalesce('published ' || published_text || ', ', '')
        || coalesce('allowed ' || allowed_text || ', ', '')
        || 'computed ' || computed_text as part_detail
    from told
),

scored as (
    select
        population,
        finding_id,
        {% for column in ['unit', 'followed'] -%}
            max(case when is_headline then {{ column }} end) as {{ column }},
        {% endfor -%}
        {% for column in [
            'published_value', 'published_low', 'published_high', 'tolerance', 'allowed_low',
            'allowed_high', 'computed_value', 'other_published_value',
        ] -%}
            max(case when is_headline then {{ column }} end) as {{ column }},
        {% endfor -%}
        count(case when is_judged then 1 end) as parts,
        count(case when is_judged and is_within then 1 end) as parts_reproduced,
        count(case when is_judged and is_within is null then 1 end) as parts_without_value,
        {{ joined_text('part_detail', '; ', 'part_number asc') }} as detail
    from detailed
    group by population, finding_id
),

final as (
    select
        scored.population,
        findings.position,
        findings.finding_id,
        findings.figure,
        findings.section,
        findings.statement,
        findings.definition,
        scored.unit,
        scored.published_value,
        scored.published_low,
        scored.published_high,
        scored.tolerance,
        scored.allowed_low,
        scored.allowed_high,
        scored.computed_value,
        case
            when scored.parts_without_value > 0 then 'not_computable'
            when scored.parts_reproduced = scored.parts then 'reproduced'
            else 'differs'
        end as verdict,
        case when scored.parts_without_value > 0 then reasons.reason end as reason,
        scored.parts,
        scored.parts_reproduced,
        scored.detail,
        scored.other_published_value,
        scored.followed,
        findings.contradiction,
        findings.source
    from scored
    inner join findings on scored.finding_id = findings.finding_id
    left join reasons
        on scored.population = reasons.population
        and scored.finding_id = reasons.finding_id
)

select * from final
