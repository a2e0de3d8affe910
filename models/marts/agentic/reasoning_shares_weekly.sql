with usage as (
    select
        *,
        {{ week_start('usage_date') }} as week_start
    from {{ ref('int_usage_priced') }}
),

account_models as (
    select * from {{ ref('int_account_models_weekly') }}
),

windows as (
    select * from {{ ref('int_usage_windows') }}
),

-- A model that the registry does not know to reason is in the denominator only. What is null in
-- the usage (published totals) stays null.
summed as (
    select
        population,
        week_start,
        {% for measure in ['requests', 'tokens', 'spend_usd'] -%}
            {%- set sum_of = sum_exact if measure == 'spend_usd' else sum_count %}
            {{ sum_of(measure) }} as {{ measure }},
            {{ sum_of(
                'case when is_reasoning_model then ' ~ measure ~ ' when ' ~ measure
                ~ ' is not null then 0 end'
            ) }} as reasoning_model_{{ measure }},
        {% endfor -%}
        bool_or(has_reasoning_counts) as has_reasoning_counts,
        {{ sum_count('case when reasoning_tokens is not null then completion_tokens end') }}
            as completion_tokens,
        {{ sum_count('reasoning_tokens') }} as reasoning_tokens
    from usage
    group by population, week_start
),

cell_accounts as (
    select
        population,
        week_start,
        count(distinct account_id) as accounts
    from account_models
    group by population, week_start
),

cells as (
    select
        summed.population,
        summed.week_start,
        summed.requests,
        summed.tokens,
        summed.reasoning_model_requests,
        summed.reasoning_model_tokens,
        cast(summed.reasoning_model_tokens as double)
        / nullif(summed.tokens, 0) as token_share,
        cast(summed.reasoning_model_requests as double)
        / nullif(summed.requests, 0) as request_share,
        summed.reasoning_model_spend_usd
        / nullif(summed.spend_usd, 0) as spend_share,
        -- Where no request of the week says how many tokens were reasoning, 0 would be a guess.
        case
            when summed.has_reasoning_counts
                then cast(summed.reasoning_tokens as double) / nullif(summed.completion_tokens, 0)
        end as reasoning_part_of_completion,
        {{ is_suppressed('summed.requests', 'cell_accounts.accounts') }} as is_suppressed
    from summed
    left join cell_accounts
        on summed.population = cell_accounts.population
        and summed.week_start = cell_accounts.week_start
),

final as (
    select
        cells.population,
        cells.week_start,
        {{ is_partial_week('cells.week_start', 'windows.last_date') }} as is_partial,
        {{ unless_suppressed([
            'requests', 'tokens', 'reasoning_model_requests', 'reasoning_model_tokens',
            'token_share', 'request_share', 'spend_share', 'reasoning_part_of_completion',
        ]) }},
        cells.is_suppressed
    from cells
    inner join windows on cells.population = windows.population
)

select * from final
