-- Names, providers and prices are joined to usage late: nothing may fall out or double on the way.
-- Per population and day, requests and tokens of the fact equal those of the accepted requests and
-- the published totals that it is made of.
with parts as (
    select
        population,
        usage_date,
        requests,
        tokens
    from {{ ref('fct_usage_daily') }}
    union all
    select
        population,
        usage_date,
        -requests as requests,
        -tokens as tokens
    from {{ ref('int_usage_daily') }}
    union all
    select
        population,
        usage_date,
        -requests as requests,
        -tokens as tokens
    from {{ ref('int_published_usage_ranked') }}
    where not is_duplicate
)

select
    population,
    usage_date,
    sum(requests) as lost_requests,
    sum(tokens) as lost_tokens
from parts
group by population, usage_date
having coalesce(sum(requests), 0) <> 0 or sum(tokens) <> 0
