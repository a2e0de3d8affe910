-- What do open models do? Their three largest categories by tokens, Chinese and other, over the
-- last four whole weeks of the classified sample.
with shares as (
    select
        *,
        dense_rank() over (partition by population order by week_start desc) as weeks_ago
    from {{ ref('category_shares_weekly') }}
    where not is_partial
),

summed as (
    select
        population,
        scope,
        category,
        sum(tokens) as tokens
    from shares
    where weeks_ago <= 4 and scope in ('open', 'open_china', 'open_rest_of_world')
    group by population, scope, category
),

placed as (
    select
        population,
        scope,
        category,
        cast(tokens as double) / sum(tokens) over (partition by population, scope) as token_share,
        row_number() over (
            partition by population, scope order by tokens desc nulls last, category asc
        ) as place
    from summed
)

select
    population,
    scope,
    place,
    category,
    round(token_share, 3) as token_share
from placed
where place <= 3
order by population asc, scope asc, place asc
