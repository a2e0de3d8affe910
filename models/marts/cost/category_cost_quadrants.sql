with usage as (
    select * from {{ ref('int_classified_usage') }}
    where
        price_source <> 'unpriced'
        and is_byok is not true
),

summed as (
    select
        population,
        category,
        count(*) as sampled_requests,
        count(distinct account_id) as accounts,
        {{ sum_count('tokens') }} as tokens,
        sum(cast(spend_usd as {{ exact_type() }})) as spend_usd
    from usage
    group by population, category
),

measured as (
    select
        *,
        {{ usd_per_million('spend_usd', 'tokens') }} as usd_per_million,
        category not in ('other', 'unknown') and tokens > 0 as is_placed
    from summed
),

medians as (
    select
        population,
        {{ median('usd_per_million') }} as median_usd_per_million,
        {{ median('tokens') }} as median_tokens
    from measured
    where is_placed
    group by population
),

cells as (
    select
        measured.population,
        measured.category,
        measured.sampled_requests,
        measured.tokens,
        cast(measured.spend_usd as double) as spend_usd,
        measured.usd_per_million,
        medians.median_usd_per_million,
        medians.median_tokens,
        case
            when measured.is_placed
                then
                    {{ quadrant(
                        'measured.usd_per_million', 'measured.tokens',
                        'medians.median_usd_per_million', 'medians.median_tokens',
                        ['premium_workloads', 'mass_market_volume_drivers', 'specialized_experts',
                         'niche_utilities'],
                    ) }}
        end as quadrant,
        {{ is_suppressed('measured.sampled_requests', 'measured.accounts') }} as is_suppressed
    from measured
    left join medians on measured.population = medians.population
),

final as (
    select
        population,
        category,
        {{ unless_suppressed([
            'sampled_requests', 'tokens', 'spend_usd', 'usd_per_million',
            'median_usd_per_million', 'median_tokens', 'quadrant',
        ]) }},
        is_suppressed
    from cells
)

select * from final
