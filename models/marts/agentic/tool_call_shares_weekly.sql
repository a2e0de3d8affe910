-- Of weeks in which no request says why it ended nothing is known: 0 would be a guess.
with weeks as (
    select * from {{ ref('int_tool_calls_weekly') }}
    where finish_reason_requests > 0
),

account_models as (
    select * from {{ ref('int_account_models_weekly') }}
),

windows as (
    select * from {{ ref('int_usage_windows') }}
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
        weeks.population,
        weeks.week_start,
        weeks.requests,
        weeks.tokens,
        weeks.tool_call_requests,
        weeks.tool_call_tokens,
        {% for share, measure in [('token_share', 'tokens'), ('request_share', 'requests')] -%}
            cast(weeks.tool_call_{{ measure }} as double)
            / nullif(weeks.{{ measure }}, 0) as {{ share }},
            cast(
                weeks.tool_call_{{ measure }} - weeks.largest_account_tool_call_{{ measure }}
                as double
            ) / nullif(weeks.{{ measure }} - weeks.largest_account_{{ measure }}, 0)
                as {{ share }}_without_largest_account,
        {% endfor -%}
        {{ is_suppressed('weeks.requests', 'cell_accounts.accounts') }} as is_suppressed
    from weeks
    left join cell_accounts
        on weeks.population = cell_accounts.population
        and weeks.week_start = cell_accounts.week_start
),

final as (
    select
        cells.population,
        cells.week_start,
        {{ is_partial_week('cells.week_start', 'windows.last_logged_date') }} as is_partial,
        {{ unless_suppressed([
            'requests', 'tokens', 'tool_call_requests', 'tool_call_tokens', 'token_share',
            'request_share', 'token_share_without_largest_account',
            'request_share_without_largest_account',
        ]) }},
        cells.is_suppressed
    from cells
    inner join windows on cells.population = windows.population
)

select * from final
