-- What are people doing? The categories of the last four whole weeks of the classified sample, with
-- the mean of their weekly intervals.
with shares as (
    select
        *,
        dense_rank() over (partition by population order by week_start desc) as weeks_ago
    from {{ ref('category_shares_weekly') }}
    where scope = 'all' and not is_partial
)

select
    population,
    category,
    sum(sampled_requests) as sampled_requests,
    round(avg(token_share), 3) as token_share,
    round(avg(token_share_low), 3) as token_share_low,
    round(avg(token_share_high), 3) as token_share_high,
    round(avg(request_share), 3) as request_share,
    round(avg(spend_share), 3) as spend_share
from shares
where weeks_ago <= 4
group by population, category
order by population asc, token_share desc nulls last
