{#- The CTEs of every table of shares, from CTE `usage` (population, keys, requests, tokens,
    spend_usd) and CTE `account_models` (population, keys, account_id) to CTE `cells`: one row per
    population and keys with the sums, their shares of the parent (population and `within`) by
    tokens, requests and spend, and whether the cell is too small to show.

    keys: columns that name a cell; within: those of them that name its parent. -#}
{% macro share_ctes(keys, within=[]) -%}
{%- set grain = ['population'] + keys -%}
{%- set parent = [] -%}
{%- for column in ['population'] + within -%}
    {%- do parent.append('summed.' ~ column) -%}
{%- endfor -%}
summed as (
    select
        {{ grain | join(', ') }},
        {{ sum_count('requests') }} as requests,
        {{ sum_count('tokens') }} as tokens,
        sum(cast(spend_usd as {{ exact_type() }})) as spend_usd
    from usage
    group by {{ grain | join(', ') }}
),

cell_accounts as (
    select
        {{ grain | join(', ') }},
        count(distinct account_id) as accounts
    from account_models
    group by {{ grain | join(', ') }}
),

cells as (
    select
        {% for column in grain -%}
            summed.{{ column }},
        {% endfor -%}
        summed.requests,
        summed.tokens,
        cast(summed.spend_usd as double) as spend_usd,
        {{ share('summed.tokens', parent | join(', ')) }} as token_share,
        {{ share('summed.requests', parent | join(', ')) }} as request_share,
        {{ share('summed.spend_usd', parent | join(', ')) }} as spend_share,
        {{ is_suppressed('summed.requests', 'cell_accounts.accounts') }} as is_suppressed
    from summed
    left join cell_accounts
        on {% for column in grain -%}
            summed.{{ column }} = cell_accounts.{{ column }}{{ ' and ' if not loop.last }}
        {%- endfor %}
)
{%- endmacro %}
