-- How much do reasoning tokens weigh? By month: the part of the completion that nobody reads, and
-- what goes through reasoning models by tokens, by requests and by spend.
select
    population,
    cast(date_trunc('month', week_start) as date) as month_start,
    count(*) as weeks,
    round(avg(reasoning_part_of_completion), 3) as reasoning_part_of_completion,
    round(avg(token_share), 3) as token_share,
    round(avg(request_share), 3) as request_share,
    round(avg(spend_share), 3) as spend_share
from {{ ref('reasoning_shares_weekly') }}
where not is_partial
group by population, cast(date_trunc('month', week_start) as date)
order by population asc, month_start asc
