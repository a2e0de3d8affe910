-- What do I pay per model? The ten with the most spend: what a million tokens really cost, cached
-- and free ones inside, and what that makes of the bill.
with models as (
    select
        *,
        spend_usd / nullif(sum(spend_usd) over (partition by population), 0) as spend_share,
        row_number() over (
            partition by population order by spend_usd desc nulls last, model_id asc
        ) as place
    from {{ ref('model_cost_usage') }}
)

select
    population,
    place,
    model_id,
    weights_class,
    tokens,
    round(usd_per_million, 3) as usd_per_million,
    round(spend_usd, 2) as spend_usd,
    round(spend_share, 3) as spend_share,
    archetype
from models
where place <= 10
order by population asc, place asc
