-- Kinds of tokens are parts of the daily fact: per day and model their tokens add up to it exactly,
-- what is billed, listed and spent to 1e-9 of it, and a cost is null in both or in neither. Days
-- are compared by the instant at which they begin.
with kinds as (
    select
        population,
        x_gateway as gateway,
        chargeperiodstart as charged_at,
        x_modelid as model_id,
        sum(consumedquantity) as tokens,
        {{ sum_exact('billedcost') }} as billed_usd,
        {{ sum_exact('listcost') }} as list_usd,
        {{ sum_exact('effectivecost') }} as spend_usd,
        sum(x_unpricedquantity) as unpriced_tokens
    from {{ ref('focus_usage') }}
    group by population, x_gateway, chargeperiodstart, x_modelid
),

usage as (
    select
        *,
        {{ midnight_in_zone('usage_date', var('reporting_time_zone')) }} as charged_at
    from {{ ref('fct_usage_daily') }}
)

select
    usage.population,
    usage.gateway,
    usage.usage_date,
    usage.model_id,
    kinds.tokens,
    usage.tokens as usage_tokens,
    kinds.spend_usd,
    usage.spend_usd as usage_spend_usd
from usage
full outer join kinds
    on usage.population = kinds.population
    and usage.gateway = kinds.gateway
    and usage.charged_at = kinds.charged_at
    and usage.model_id = kinds.model_id
where
    usage.tokens is distinct from kinds.tokens
    or usage.unpriced_tokens is distinct from kinds.unpriced_tokens
    {% for cost in ['billed_usd', 'list_usd', 'spend_usd'] -%}
        or (usage.{{ cost }} is null) <> (kinds.{{ cost }} is null)
        or abs(usage.{{ cost }} - kinds.{{ cost }}) > 1e-9 * greatest(abs(usage.{{ cost }}), 1e-6)
    {% endfor %}
