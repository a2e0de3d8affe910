{% set tool_call_parts = {
    'start': 'share_at_start', 'end': 'share_at_end', 'rise': 'share_at_end - share_at_start',
    'start without largest account': 'share_without_at_start',
    'end without largest account': 'share_without_at_end',
    'rise without largest account': 'share_without_at_end - share_without_at_start',
} %}
{% set length_findings = {
    'A5': 'prompt_tokens_mean', 'A6': 'completion_tokens_mean', 'A8': 'tokens_mean',
} %}

with weeks as (
    select * from {{ ref('int_study_weeks') }}
),

published as (
    select * from {{ ref('stg_study__values') }}
),

tool_call_models as (
    select * from {{ ref('tool_call_models_monthly') }}
    where not is_partial
),

reasoning as (
    select
        reasoning_shares_weekly.*,
        weeks.from_end
    from {{ ref('reasoning_shares_weekly') }} as reasoning_shares_weekly
    inner join weeks
        on reasoning_shares_weekly.population = weeks.population
        and reasoning_shares_weekly.week_start = weeks.week_start
),

reasoning_models as (
    select
        reasoning_models_weekly.*,
        weeks.from_end
    from {{ ref('reasoning_models_weekly') }} as reasoning_models_weekly
    inner join weeks
        on reasoning_models_weekly.population = weeks.population
        and reasoning_models_weekly.week_start = weeks.week_start
),

tool_calls as (
    select
        tool_call_shares_weekly.*,
        weeks.from_start,
        weeks.from_end
    from {{ ref('tool_call_shares_weekly') }} as tool_call_shares_weekly
    inner join weeks
        on tool_call_shares_weekly.population = weeks.population
        and tool_call_shares_weekly.week_start = weeks.week_start
),

lengths as (
    select
        sequence_lengths_weekly.*,
        weeks.from_start,
        weeks.from_end,
        weeks.is_classified
    from {{ ref('sequence_lengths_weekly') }} as sequence_lengths_weekly
    inner join weeks
        on sequence_lengths_weekly.population = weeks.population
        and sequence_lengths_weekly.week_start = weeks.week_start
),

a1_january as (
    select
        population,
        'A1' as finding_id,
        'January 2025' as part,
        {{ mean_shown('token_share') }} as computed_value
    from reasoning
    where week_start >= cast('2025-01-01' as date) and week_start <= cast('2025-01-31' as date)
    group by population
),

-- Where half is never reached, the crossing is no earlier than the week after the last.
a1_crossings as (
    select
        population,
        coalesce(
            min(case when token_share >= 0.5 then week_start end),
            cast({{ dbt.dateadd('day', 7, 'max(week_start)') }} as date)
        ) as week_start,
        bool_or(is_suppressed) as is_suppressed
    from reasoning
    group by population
),

a1_first_half as (
    select
        population,
        'A1' as finding_id,
        'first week with half' as part,
        cast(
            {{ day_number('week_start') }}
            - {{ day_number(week_start("cast('2025-09-22' as date)")) }} as double
        ) / 7 as computed_value
    from a1_crossings
    where not is_suppressed
),

a1_last as (
    select
        population,
        'A1' as finding_id,
        'last week' as part,
        token_share as computed_value
    from reasoning
    where from_end = 1
),

-- The order of the three among themselves: which hybrids count as reasoning models beside them is
-- the registry's judgement, and the study gives no list.
a2_models as (
    select
        reasoning_models.population,
        published.finding_id,
        published.part,
        published.published_value,
        cast(rank() over (
            partition by reasoning_models.population
            order by {{ sum_shown('reasoning_models.tokens') }} desc nulls last
        ) as double) as computed_value,
        bool_or(reasoning_models.is_suppressed) as is_suppressed
    from reasoning_models
    inner join published
        on reasoning_models.model_id = published.subject
        and published.finding_id = 'A2'
    where reasoning_models.from_end <= 4
    group by
        reasoning_models.population, published.finding_id, published.part,
        published.published_value
),

a2_places as (
    select
        population,
        finding_id,
        part,
        computed_value,
        published_value
    from a2_models
    where not is_suppressed
),

-- A model that is not used has no place, and without its place the order is not known.
a2 as (
    select
        population,
        finding_id,
        'places as published' as part,
        case
            when count(*) = 3
                then cast(count(case when computed_value = published_value then 1 end) as double)
        end as computed_value
    from a2_places
    group by population, finding_id
    union all
    select
        population,
        finding_id,
        part,
        computed_value
    from a2_places
),

a3_ends as (
    select
        population,
        {% for end, rank in {'start': 'from_start', 'end': 'from_end'}.items() -%}
            {{ sum_shown('case when ' ~ rank ~ ' <= 4 then tool_call_tokens end') }}
            / nullif({{ sum_shown('case when ' ~ rank ~ ' <= 4 then tokens end') }}, 0)
                as share_at_{{ end }},
            {{ mean_shown(
                'case when ' ~ rank ~ ' <= 4 then token_share_without_largest_account end'
            ) }} as share_without_at_{{ end }}{{ ',' if not loop.last }}
        {% endfor %}
    from tool_calls
    group by population
),

a3 as (
    {% for part, expression in tool_call_parts.items() -%}
        select
            population,
            'A3' as finding_id,
            '{{ part }}' as part,
            {{ expression }} as computed_value
        from a3_ends
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

a4 as (
    select
        tool_call_models.population,
        published.finding_id,
        published.part,
        {{ share_shown_where(
            'tool_call_models.tool_call_tokens', is_subject('tool_call_models.model_id')
        ) }} as computed_value
    from tool_call_models
    inner join published on published.finding_id = 'A4'
    where tool_call_models.month_start = cast('2025-11-01' as date)
    group by tool_call_models.population, published.finding_id, published.part
),

a5_a6_a8 as (
    {% for finding_id, mean in length_findings.items() -%}
        {% set outer_last = loop.last -%}
        {% for end, rank in {'start': 'from_start', 'end': 'from_end'}.items() -%}
            select
                population,
                '{{ finding_id }}' as finding_id,
                '{{ end }}' as part,
                {{ sum_shown(mean ~ ' * requests') }} / nullif({{ sum_shown('requests') }}, 0)
                    as computed_value
            from lengths
            where scope = 'all' and {{ rank }} <= 4
            group by population
            {{ 'union all' if not (outer_last and loop.last) }}
        {% endfor %}
    {% endfor %}
),

programming_lengths as (
    select
        programming.population,
        programming.prompt_tokens_mean as programming_prompt,
        everything.prompt_tokens_mean as prompt,
        programming.is_suppressed or everything.is_suppressed as is_suppressed
    from lengths as programming
    inner join lengths as everything
        on programming.population = everything.population
        and programming.week_start = everything.week_start
        and everything.scope = 'all'
    where programming.scope = 'programming' and programming.is_classified
),

a7 as (
    select
        population,
        'A7' as finding_id,
        'weeks above 20,000' as part,
        {{ mean_shown('case when programming_prompt > 20000 then 1 else 0 end') }}
            as computed_value
    from programming_lengths
    group by population
),

a9 as (
    select
        population,
        'A9' as finding_id,
        'multiple' as part,
        {{ mean_shown('programming_prompt / nullif(prompt, 0)') }} as computed_value
    from programming_lengths
    group by population
),

final as (
    {% for finding in [
        'a1_january', 'a1_first_half', 'a1_last', 'a2', 'a3', 'a4', 'a5_a6_a8', 'a7', 'a9',
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
