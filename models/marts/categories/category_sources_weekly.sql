with usage as (
    select * from {{ ref('int_classified_usage') }}
    where category <> 'other'
),

windows as (
    select * from {{ ref('int_usage_windows') }}
),

{{ sampled_share_ctes(
    keys=['week_start', 'category', 'weights_class', 'origin'], within=['week_start', 'category']
) }},

final as (
    select
        cells.population,
        cells.week_start,
        {{ is_partial_week('cells.week_start', 'windows.last_date') }} as is_partial,
        cells.category,
        cells.weights_class,
        cells.origin,
        {{ unless_suppressed([
            'sampled_requests', 'tokens', 'spend_usd', 'token_share', 'token_share_low',
            'token_share_high', 'request_share', 'spend_share',
        ]) }},
        cells.is_suppressed
    from cells
    inner join windows on cells.population = windows.population
)

select * from final
