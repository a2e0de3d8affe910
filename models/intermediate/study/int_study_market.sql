{% set means = {
    'O5': 'open_china_tokens', 'O6': 'open_rest_of_world_tokens',
    'O7': 'closed_rest_of_world_tokens',
} %}

with weeks as (
    select * from {{ ref('int_study_weeks') }}
),

facts as (
    select * from {{ ref('int_study_facts') }}
),

published as (
    select * from {{ ref('stg_study__values') }}
),

models as (
    select * from {{ ref('dim_models') }}
),

open_authors as (
    select * from {{ ref('author_totals') }}
    where weights_class = 'open'
),

concentration as (
    select
        concentration_weekly.*,
        weeks.from_end
    from {{ ref('concentration_weekly') }} as concentration_weekly
    inner join weeks
        on concentration_weekly.population = weeks.population
        and concentration_weekly.week_start = weeks.week_start
    where concentration_weekly.scope = 'open'
),

size_tiers as (
    select
        size_tier_shares_weekly.*,
        weeks.from_end
    from {{ ref('size_tier_shares_weekly') }} as size_tier_shares_weekly
    inner join weeks
        on size_tier_shares_weekly.population = weeks.population
        and size_tier_shares_weekly.week_start = weeks.week_start
),

source_weeks as (
    select
        sources.population,
        sources.week_start,
        weeks.from_end,
        {{ sum_shown('sources.tokens') }} as tokens,
        {{ sum_shown_where('sources.tokens', "sources.weights_class = 'open'") }} as open_tokens,
        {{ sum_shown_where(
            'sources.tokens', "sources.weights_class = 'open' and sources.origin = 'china'"
        ) }} as open_china_tokens,
        {{ sum_shown_where(
            'sources.tokens', "sources.weights_class = 'open' and sources.origin = 'rest_of_world'"
        ) }} as open_rest_of_world_tokens,
        {{ sum_shown_where(
            'sources.tokens',
            "sources.weights_class = 'closed' and sources.origin = 'rest_of_world'"
        ) }} as closed_rest_of_world_tokens,
        bool_or(sources.is_suppressed) as is_suppressed
    from {{ ref('source_shares_weekly') }} as sources
    inner join weeks
        on sources.population = weeks.population
        and sources.week_start = weeks.week_start
    group by sources.population, sources.week_start, weeks.from_end
),

open_model_days as (
    select
        usage.population,
        usage.model_id,
        usage.tokens,
        weeks.week_start,
        weeks.from_end
    from {{ ref('fct_usage_daily') }} as usage
    inner join weeks
        on usage.population = weeks.population
        and {{ week_start('usage.usage_date') }} = weeks.week_start
    where usage.weights_class = 'open'
),

o1 as (
    select
        population,
        'O1' as finding_id,
        'open share' as part,
        {{ sum_shown('open_tokens') }} / nullif({{ sum_shown('tokens') }}, 0) as computed_value
    from source_weeks
    where from_end <= 4
    group by population
),

o2 as (
    select
        population,
        'O2' as finding_id,
        'mean weekly open share' as part,
        {{ mean_shown('open_tokens / nullif(tokens, 0)') }} as computed_value
    from source_weeks
    where week_start >= cast('2025-07-01' as date) and week_start <= cast('2025-12-31' as date)
    group by population
),

o3 as (
    select
        population,
        'O3' as finding_id,
        'lowest week' as part,
        case when not bool_or(is_suppressed) then min(open_china_tokens / nullif(tokens, 0)) end
            as computed_value
    from source_weeks
    group by population
),

o4 as (
    select
        population,
        'O4' as finding_id,
        'highest week' as part,
        case when not bool_or(is_suppressed) then max(open_china_tokens / nullif(tokens, 0)) end
            as computed_value
    from source_weeks
    group by population
),

o5_to_o7 as (
    {% for finding_id, class_tokens in means.items() -%}
        select
            population,
            '{{ finding_id }}' as finding_id,
            'mean weekly share' as part,
            {{ mean_shown(class_tokens ~ ' / nullif(tokens, 0)') }} as computed_value
        from source_weeks
        group by population
        union all
        select
            population,
            '{{ finding_id }}' as finding_id,
            'share of summed tokens' as part,
            {{ sum_shown(class_tokens) }} / nullif({{ sum_shown('tokens') }}, 0) as computed_value
        from source_weeks
        group by population
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

o8_to_o17 as (
    select
        open_authors.population,
        published.finding_id,
        published.part,
        open_authors.tokens * facts.study_trillions_per_token as computed_value
    from open_authors
    inner join facts on open_authors.population = facts.population
    inner join published
        on open_authors.author = published.subject
        and published.unit = 'trillion_tokens'
),

o18_weeks as (
    select
        open_model_days.population,
        published.finding_id,
        published.part,
        open_model_days.week_start,
        {{ sum_exact(
            'case when ' ~ is_subject('open_model_days.model_id', 'published.subject')
            ~ ' then open_model_days.tokens else 0 end'
        ) }} / nullif({{ sum_exact('open_model_days.tokens') }}, 0) as share_of_open
    from open_model_days
    inner join published on published.finding_id = 'O18'
    where
        open_model_days.week_start >= cast('2024-12-01' as date)
        and open_model_days.week_start <= cast('2025-03-31' as date)
    group by
        open_model_days.population,
        published.finding_id,
        published.part,
        open_model_days.week_start
),

o18 as (
    select
        population,
        finding_id,
        part,
        max(share_of_open) as computed_value
    from o18_weeks
    group by population, finding_id, part
),

o19 as (
    select
        population,
        'O19' as finding_id,
        'largest model in a week' as part,
        case when not bool_or(is_suppressed) then max(top1_share) end as computed_value
    from concentration
    where from_end <= 4
    group by population
),

o20_models as (
    select
        population,
        model_id,
        {{ share('sum(tokens)', 'population') }} as share_of_open
    from open_model_days
    where from_end <= 4
    group by population, model_id
),

o20 as (
    select
        population,
        'O20' as finding_id,
        'models' as part,
        cast(count(case when share_of_open >= 0.05 then 1 end) as double) as computed_value
    from o20_models
    -- What could not be read is not one model, though its tokens are in the whole.
    where model_id not in ('unknown', 'other')
    group by population
),

o21_tiers as (
    select
        min(case when size_tier = 'medium' then parameters_total_b end) as smallest_medium,
        min(case when size_tier = 'large' then parameters_total_b end) as smallest_large,
        max(case when size_tier = 'small' then parameters_total_b end) as largest_small,
        max(case when size_tier = 'medium' then parameters_total_b end) as largest_medium
    from models
),

o21 as (
    select
        facts.population,
        'O21' as finding_id,
        published.part,
        case published.part
            when 'largest small model' then o21_tiers.largest_small
            when 'smallest medium model' then o21_tiers.smallest_medium
            when 'largest medium model' then o21_tiers.largest_medium
            when 'smallest large model' then o21_tiers.smallest_large
        end as computed_value
    from facts
    cross join o21_tiers
    inner join published on published.finding_id = 'O21'
),

o22 as (
    select
        population,
        'O22' as finding_id,
        'share of small models' as part,
        {{ share_shown_where('tokens', "size_tier = 'small'") }} as computed_value
    from size_tiers
    where from_end <= 4
    group by population
),

o23 as (
    select
        population,
        'O23' as finding_id,
        'share of large models' as part,
        {{ share_shown_where('tokens', "size_tier = 'large'") }} as computed_value
    from size_tiers
    where from_end <= 4
    group by population
),

final as (
    {% for finding in [
        'o1', 'o2', 'o3', 'o4', 'o5_to_o7', 'o8_to_o17', 'o18', 'o19', 'o20', 'o21', 'o22', 'o23',
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
