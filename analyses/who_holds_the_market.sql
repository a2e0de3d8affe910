-- Who holds the market, open or closed models, Chinese or other? The last four whole weeks of each
-- population.
with shares as (
    select
        *,
        dense_rank() over (partition by population order by week_start desc) as weeks_ago
    from {{ ref('source_shares_weekly') }}
    where not is_partial
)

select
    population,
    week_start,
    weights_class,
    origin,
    round(token_share, 3) as token_share,
    round(request_share, 3) as request_share,
    round(spend_share, 3) as spend_share
from shares
where weeks_ago <= 4
order by population asc, week_start desc, token_share desc nulls last
