-- How long are requests, and which ones are getting longer? The first and the last whole week of
-- all requests and of each category.
with lengths as (
    select
        *,
        row_number() over (partition by population, scope order by week_start asc) as week_number,
        row_number() over (partition by population, scope order by week_start desc) as weeks_ago
    from {{ ref('sequence_lengths_weekly') }}
    where not is_partial
),

ends as (
    select
        population,
        scope,
        max(case when week_number = 1 then prompt_tokens_mean end) as first_prompt_mean,
        max(case when weeks_ago = 1 then prompt_tokens_mean end) as last_prompt_mean,
        max(case when weeks_ago = 1 then prompt_tokens_p50 end) as last_prompt_median,
        max(case when weeks_ago = 1 then prompt_tokens_p99 end) as last_prompt_p99,
        max(case when weeks_ago = 1 then completion_tokens_mean end) as last_completion_mean
    from lengths
    group by population, scope
)

select
    population,
    scope,
    round(first_prompt_mean) as first_prompt_mean,
    round(last_prompt_mean) as last_prompt_mean,
    round(last_prompt_median) as last_prompt_median,
    round(last_prompt_p99) as last_prompt_p99,
    round(last_completion_mean) as last_completion_mean
from ends
order by
    population asc,
    case when scope = 'all' then 0 else 1 end asc,
    last_prompt_mean desc nulls last
