{%- set rules = daily_rejection_rules() -%}
{%- set columns = [
    'population', 'gateway', 'read_file', 'source_row', 'source_error', 'usage_date',
    'has_usage_date', 'raw_model', 'provider', 'requests', 'prompt_tokens', 'cached_tokens',
    'cache_write_tokens', 'completion_tokens', 'reasoning_tokens', 'tokens', 'billed_usd', 'record',
] -%}

with totals as (
    {% for model in staging_models(
        'usage_daily', always='stg_openrouter_rankings_daily__usage_daily'
    ) -%}
        select {{ columns | join(', ') }}
        from {{ ref(model) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        *,
        {{ is_rejected(rules) }} as is_rejected,
        {{ rejection_reasons(rules) }} as rejection_reasons
    from totals
)

select * from final
