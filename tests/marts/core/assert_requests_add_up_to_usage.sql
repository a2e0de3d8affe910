-- The view over single requests and the daily fact are computed on two ways: per day and model
-- they must agree on requests and tokens exactly and on spend to 1e-9 of it.
with requests as (
    select
        population,
        gateway,
        usage_date,
        model_id,
        count(*) as requests,
        sum(tokens) as tokens,
        {{ sum_exact('spend_usd') }} as spend_usd
    from {{ ref('fct_requests') }}
    group by population, gateway, usage_date, model_id
),

usage as (
    select * from {{ ref('fct_usage_daily') }}
    where requests is not null
)

select
    requests.*,
    usage.requests as usage_requests,
    usage.tokens as usage_tokens,
    usage.spend_usd as usage_spend_usd
from requests
full outer join usage
    on requests.population = usage.population
    and requests.gateway = usage.gateway
    and requests.usage_date = usage.usage_date
    and requests.model_id = usage.model_id
where
    requests.requests is distinct from usage.requests
    or requests.tokens is distinct from usage.tokens
    or (requests.spend_usd is null) <> (usage.spend_usd is null)
    or abs(requests.spend_usd - usage.spend_usd) > 1e-9 * greatest(abs(usage.spend_usd), 1e-6)
