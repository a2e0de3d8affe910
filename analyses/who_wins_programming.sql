-- Who wins programming? The five authors with the most programming spend of the last four whole
-- weeks, beside what they had of the first four.
with shares as (
    select
        *,
        dense_rank() over (partition by population order by week_start asc) as week_number,
        dense_rank() over (partition by population order by week_start desc) as weeks_ago
    from {{ ref('category_authors_weekly') }}
    where category = 'programming' and not is_partial
),

authors as (
    select
        population,
        author,
        sum(case when week_number <= 4 then spend_usd else 0 end) as first_spend,
        sum(case when weeks_ago <= 4 then spend_usd else 0 end) as last_spend,
        sum(case when weeks_ago <= 4 then tokens else 0 end) as last_tokens
    from shares
    group by population, author
),

placed as (
    select
        population,
        author,
        first_spend / nullif(sum(first_spend) over (partition by population), 0)
            as spend_share_at_start,
        last_spend / nullif(sum(last_spend) over (partition by population), 0)
            as spend_share_at_end,
        cast(last_tokens as double) / nullif(sum(last_tokens) over (partition by population), 0)
            as token_share_at_end,
        row_number() over (
            partition by population order by last_spend desc nulls last, author asc
        ) as place
    from authors
)

select
    population,
    place,
    author,
    round(spend_share_at_start, 3) as spend_share_at_start,
    round(spend_share_at_end, 3) as spend_share_at_end,
    round(token_share_at_end, 3) as token_share_at_end
from placed
where place <= 5
order by population asc, place asc
