{#- The duplicates among the records of a CTE `contenders`, as a CTE `duplicates`: a record is one if
    a better record of the same request stands within the horizon of its own day. All contenders, with
    their place and the best one near, are the CTE `compared`. -#}
{% macro duplicate_ctes() %}
{%- set horizon = var('duplicate_horizon_days') -%}
{#- The most tokens (streams are logged while they run), then the latest, then the largest of the
    remaining columns in their order. -#}
{%- set better_first = [
    'tokens', 'requested_at', 'raw_model', 'prompt_tokens', 'completion_tokens', 'cached_tokens',
    'cache_write_tokens', 'reasoning_tokens', 'account_id', 'session_id', 'app_id', 'provider',
    'billed_usd', 'finish_reason', 'tool_calls', 'is_streamed', 'is_cancelled', 'is_byok',
    'latency_ms', 'time_to_first_token_ms', 'logged_country_code', 'language',
] -%}
dated as (
    select
        *,
        {{ day_number('cast(requested_at as date)') }} as request_day
    from contenders
),

-- File and row part only records that are equal in all else.
ranked as (
    select
        *,
        row_number() over (
            partition by gateway, request_id
            order by
                {% for column in better_first -%}
                    {{ column }} desc nulls last,
                {% endfor -%}
                read_file asc,
                source_row asc
        ) as place
    from dated
),

compared as (
    select
        *,
        min(place) over (
            partition by gateway, request_id
            order by request_day
            range between {{ horizon }} preceding and {{ horizon }} following
        ) as best_place_near
    from ranked
),

duplicates as (
    select
        compared.population,
        compared.gateway,
        compared.usage_date,
        compared.request_id,
        compared.read_file,
        compared.source_row,
        compared.raw_model,
        compared.account_id,
        better.usage_date as better_usage_date
    from compared
    inner join ranked as better
        on compared.gateway = better.gateway
        and compared.request_id = better.request_id
        and compared.best_place_near = better.place
    where compared.best_place_near < compared.place
)
{%- endmacro %}
