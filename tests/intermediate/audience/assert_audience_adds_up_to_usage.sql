-- Usage is counted once more by country and once more by language, and priced where it is not
-- billed: per log and day each of the two must hold all requests, tokens and billed money, exactly,
-- and all spend to 1e-9 of it. Aggregates only: no log is read.
with audience as (
    select
        gateway,
        usage_date,
        dimension,
        sum(requests) as requests,
        sum(tokens) as tokens,
        sum(prompt_tokens + cached_prompt_tokens + cache_write_tokens + reasoning_tokens) as parts,
        sum(billed_usd) as billed_usd
    from {{ ref('int_audience_daily') }}
    group by gateway, usage_date, dimension
),

audience_spend as (
    select
        gateway,
        usage_date,
        dimension,
        sum(requests) as requests,
        sum(spend_usd) as spend_usd
    from {{ ref('int_audience_priced') }}
    group by gateway, usage_date, dimension
),

usage as (
    select
        gateway,
        usage_date,
        sum(requests) as requests,
        sum(tokens) as tokens,
        sum(prompt_tokens + cached_prompt_tokens + cache_write_tokens + reasoning_tokens) as parts,
        sum(billed_usd) as billed_usd
    from {{ ref('int_usage_daily') }}
    group by gateway, usage_date
),

usage_spend as (
    select
        gateway,
        usage_date,
        sum(spend_usd) as spend_usd
    from {{ ref('int_usage_priced') }}
    group by gateway, usage_date
),

dimensions as (
    select 'country' as dimension
    union all
    select 'language' as dimension
),

expected as (
    select
        usage.*,
        usage_spend.spend_usd,
        dimensions.dimension
    from usage
    cross join dimensions
    left join usage_spend
        on usage.gateway = usage_spend.gateway
        and usage.usage_date = usage_spend.usage_date
)

select
    coalesce(expected.gateway, audience.gateway) as gateway,
    coalesce(expected.usage_date, audience.usage_date) as usage_date,
    coalesce(expected.dimension, audience.dimension) as dimension,
    expected.requests,
    audience.requests as audience_requests,
    expected.spend_usd,
    audience_spend.spend_usd as audience_spend_usd
from expected
full outer join audience
    on expected.gateway = audience.gateway
    and expected.usage_date = audience.usage_date
    and expected.dimension = audience.dimension
left join audience_spend
    on audience.gateway = audience_spend.gateway
    and audience.usage_date = audience_spend.usage_date
    and audience.dimension = audience_spend.dimension
where
    expected.requests is distinct from audience.requests
    or expected.requests is distinct from audience_spend.requests
    or expected.tokens is distinct from audience.tokens
    or expected.parts is distinct from audience.parts
    or expected.billed_usd is distinct from audience.billed_usd
    or (expected.spend_usd is null) <> (audience_spend.spend_usd is null)
    or abs(cast(expected.spend_usd - audience_spend.spend_usd as double))
    > 1e-9 * greatest(abs(cast(expected.spend_usd as double)), 1e-6)
