-- What does each category cost? USD per million tokens beside its share of the tokens that have a
-- price, and the quadrant of the two medians.
select
    population,
    category,
    round(usd_per_million, 3) as usd_per_million,
    round(cast(tokens as double) / sum(tokens) over (partition by population), 3) as token_share,
    round(spend_usd / sum(spend_usd) over (partition by population), 3) as spend_share,
    quadrant
from {{ ref('category_cost_quadrants') }}
order by population asc, usd_per_million desc nulls last, category asc
