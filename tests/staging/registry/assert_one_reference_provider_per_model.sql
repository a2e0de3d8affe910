-- A request whose provider is unknown or unpriced takes the model's reference price, so a priced
-- model has exactly one reference provider, or spend would depend on chance.
select
    model_id,
    count(distinct case when is_reference then provider end) as reference_providers
from {{ ref('stg_registry__prices') }}
group by model_id
having count(distinct case when is_reference then provider end) <> 1
