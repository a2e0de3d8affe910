{#- What a sample leaves open of its tokens' squares: (1 − p) · t² of each request, summed. Requests
    of gateways with different sampling rates add up. The sum is exact, so that builds repeat: of 38
    digits six stand behind the point, and with requests of up to 2 · 10^12 tokens the 32 before it
    are not reached before the sum of tokens leaves bigint. -#}
{% macro sum_unsampled_squares() -%}
sum(
    cast(
        (1 - sampling_rate) * cast(tokens as double) * cast(tokens as double) as decimal(38, 6)
    )
)
{%- endmacro %}

{#- The standard error of a cell's share s of a sample's tokens T:
    sqrt(Σ (1 − p) · t² · (y − s)²) / T, where y is 1 for the cell's requests and 0 for the others.
    With the sums of (1 − p) · t² over the cell (`squares`) and over its parent, this is
    sqrt((1 − s)² · squares + s² · (parent_squares − squares)) / T: one pass, and both terms are at
    least 0, since the sums are exact and the parent holds the cell. -#}
{% macro sampled_share_error(share, squares, parent_squares, parent_tokens) -%}
sqrt(
    (1 - {{ share }}) * (1 - {{ share }}) * cast({{ squares }} as double)
    + {{ share }} * {{ share }} * cast({{ parent_squares }} - {{ squares }} as double)
) / nullif(cast({{ parent_tokens }} as double), 0)
{%- endmacro %}

{#- The CTEs of every table of shares of the classified sample, from CTE `usage` (one row per
    request: population, keys, account_id, tokens, spend_usd, sampling_rate) to CTE `cells`: one row
    per population and keys with the sums, their shares of the parent (population and `within`), the
    95 % interval of the share of tokens, and whether the cell is too small to show.

    keys: columns that name a cell; within: those of them that name its parent. -#}
{% macro sampled_share_ctes(keys, within=[]) -%}
{%- set grain = ['population'] + keys -%}
{%- set parent = (['population'] + within) | join(', ') -%}
summed as (
    select
        {{ grain | join(', ') }},
        count(*) as sampled_requests,
        count(distinct account_id) as accounts,
        {{ sum_count('tokens') }} as tokens,
        sum(cast(spend_usd as {{ exact_type() }})) as spend_usd,
        {{ sum_unsampled_squares() }} as squares
    from usage
    group by {{ grain | join(', ') }}
),

shared as (
    select
        *,
        sum(tokens) over (partition by {{ parent }}) as parent_tokens,
        sum(squares) over (partition by {{ parent }}) as parent_squares,
        {{ share('tokens', parent) }} as token_share,
        {{ share('sampled_requests', parent) }} as request_share,
        {{ share('spend_usd', parent) }} as spend_share
    from summed
),

estimated as (
    select
        *,
        {{ sampled_share_error('token_share', 'squares', 'parent_squares', 'parent_tokens') }}
            as token_share_error
    from shared
),

cells as (
    select
        {% for column in grain -%}
            {{ column }},
        {% endfor -%}
        sampled_requests,
        tokens,
        cast(spend_usd as double) as spend_usd,
        token_share,
        -- Engines leave nulls out of greatest and least.
        case
            when token_share is not null
                then greatest(token_share - {{ z_95() }} * token_share_error, 0)
        end as token_share_low,
        case
            when token_share is not null
                then least(token_share + {{ z_95() }} * token_share_error, 1)
        end as token_share_high,
        request_share,
        spend_share,
        {{ is_suppressed('sampled_requests', 'accounts') }} as is_suppressed
    from estimated
)
{%- endmacro %}
