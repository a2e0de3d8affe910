with costs as (
    select * from {{ ref('int_model_costs_weekly') }}
),

accounts as (
    select * from {{ ref('int_model_cost_accounts') }}
),

-- One row per model though weights may be published within the window: the class it ended with.
summed as (
    select
        population,
        model_id,
        author,
        max_by(weights_class, week_start) as weights_class,
        {{ sum_count('requests') }} as requests,
        {{ sum_count('tokens') }} as tokens,
        sum(spend_usd) as spend_usd
    from costs
    group by population, model_id, author
),

cell_accounts as (
    select
        population,
        model_id,
        count(distinct account_id) as accounts
    from accounts
    group by population, model_id
),

measured as (
    select
        *,
        {{ usd_per_million('spend_usd', 'tokens') }} as usd_per_million,
        spend_usd > 0 and tokens > 0 as is_paid
    from summed
),

medians as (
    select
        population,
        {{ median('usd_per_million') }} as median_usd_per_million,
        {{ median('tokens') }} as median_tokens
    from measured
    where is_paid
    group by population
),

cells as (
    select
        measured.population,
        measured.model_id,
        measured.author,
        measured.weights_class,
        measured.requests,
        measured.tokens,
        cast(measured.spend_usd as double) as spend_usd,
        measured.usd_per_million,
        medians.median_usd_per_million,
        medians.median_tokens,
        case
            when measured.is_paid
                then
                    {{ quadrant(
                        'measured.usd_per_million', 'measured.tokens',
                        'medians.median_usd_per_million', 'medians.median_tokens',
                        ['premium_leaders', 'efficient_giants', 'premium_specialists', 'long_tail'],
                    ) }}
        end as archetype,
        {{ is_suppressed('measured.requests', 'cell_accounts.accounts') }} as is_suppressed
    from measured
    left join medians on measured.population = medians.population
    left join cell_accounts
        on measured.population = cell_accounts.population
        and measured.model_id = cell_accounts.model_id
),

final as (
    select
        population,
        model_id,
        author,
        weights_class,
        {{ unless_suppressed([
            'requests', 'tokens', 'spend_usd', 'usd_per_million', 'median_usd_per_million',
            'median_tokens', 'archetype',
        ]) }},
        is_suppressed
    from cells
)

select * from final
