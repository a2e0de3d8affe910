-- How agentic is use becoming? By quarter, the mean over its whole weeks: what goes through
-- reasoning models, and what finishes with a tool call, with and without the largest account.
with weeks as (
    select
        reasoning.population,
        cast(date_trunc('quarter', reasoning.week_start) as date) as quarter_start,
        reasoning.token_share as reasoning_token_share,
        reasoning.request_share as reasoning_request_share,
        tool_calls.token_share as tool_call_token_share,
        tool_calls.token_share_without_largest_account as tool_call_token_share_without_largest
    from {{ ref('reasoning_shares_weekly') }} as reasoning
    left join {{ ref('tool_call_shares_weekly') }} as tool_calls
        on reasoning.population = tool_calls.population
        and reasoning.week_start = tool_calls.week_start
    where not reasoning.is_partial
)

select
    population,
    quarter_start,
    count(*) as weeks,
    round(avg(reasoning_token_share), 3) as reasoning_token_share,
    round(avg(reasoning_request_share), 3) as reasoning_request_share,
    round(avg(tool_call_token_share), 3) as tool_call_token_share,
    round(avg(tool_call_token_share_without_largest), 3) as tool_call_token_share_without_largest
from weeks
group by population, quarter_start
order by population asc, quarter_start asc
