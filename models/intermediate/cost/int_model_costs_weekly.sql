-- What effective cost is measured on: priced usage, without that on the callers' own keys, of
-- models and not of the pools `unknown` and `other`.
with usage as (
    select
        *,
        {{ week_start('usage_date') }} as week_start
    from {{ ref('int_usage_priced') }}
    where
        price_source <> 'unpriced'
        and is_byok is not true
        and model_id not in ('unknown', 'other')
),

final as (
    select
        population,
        week_start,
        model_id,
        author,
        max_by(weights_class, usage_date) as weights_class,
        {{ sum_count('requests') }} as requests,
        {{ sum_count('tokens') }} as tokens,
        sum(cast(spend_usd as {{ exact_type() }})) as spend_usd
    from usage
    group by population, week_start, model_id, author
)

select * from final
