-- Where is it used? The ten countries with the most tokens, and how that compares with the people
-- of working age who live there (1 is as much as everywhere).
select
    population,
    rank,
    country_name,
    continent,
    round(token_share, 4) as token_share,
    round(spend_share, 4) as spend_share,
    round(usage_index, 2) as usage_index
from {{ ref('country_totals') }}
where rank <= 10
order by population asc, rank asc, country_name asc
