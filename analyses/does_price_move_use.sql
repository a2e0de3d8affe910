-- Does price move use? Between models (cross_section) and within a model from week to week, where
-- its price changed: what a price 10 % lower goes with. An interval that holds 0 says nothing.
select
    population,
    estimator,
    scope,
    observations,
    round(slope, 3) as slope,
    round(slope_low, 3) as slope_low,
    round(slope_high, 3) as slope_high,
    round(r_squared, 3) as r_squared,
    round(usage_change_for_10_percent_cheaper, 4) as usage_change_for_10_percent_cheaper
from {{ ref('price_elasticity') }}
order by population asc, estimator asc, scope asc
