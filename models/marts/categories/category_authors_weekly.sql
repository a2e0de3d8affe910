with classified as (
    select * from {{ ref('int_classified_usage') }}
    where category <> 'other'
),

windows as (
    select * from {{ ref('int_usage_windows') }}
),

-- Named by category: who leads in programming may be nobody in roleplay, and each category is a
-- chart of its own. By spend, as the chart that this table is for.
author_totals as (
    select
        population,
        category,
        author,
        row_number() over (
            partition by population, category
            order by sum(spend_usd) desc nulls last, sum(tokens) desc nulls last, author asc
        ) as place
    from classified
    group by population, category, author
),

usage as (
    select
        classified.population,
        classified.week_start,
        classified.category,
        case
            when author_totals.place <= {{ var('top_n') }} then classified.author else 'other'
        end as author,
        classified.account_id,
        classified.sampling_rate,
        classified.tokens,
        classified.spend_usd
    from classified
    inner join author_totals
        on classified.population = author_totals.population
        and classified.category = author_totals.category
        and classified.author = author_totals.author
),

{{ sampled_share_ctes(
    keys=['week_start', 'category', 'author'], within=['week_start', 'category']
) }},

final as (
    select
        cells.population,
        cells.week_start,
        {{ is_partial_week('cells.week_start', 'windows.last_date') }} as is_partial,
        cells.category,
        cells.author,
        {{ unless_suppressed([
            'sampled_requests', 'tokens', 'spend_usd', 'spend_share', 'token_share',
            'token_share_low', 'token_share_high', 'request_share',
        ]) }},
        cells.is_suppressed
    from cells
    inner join windows on cells.population = windows.population
)

select * from final
