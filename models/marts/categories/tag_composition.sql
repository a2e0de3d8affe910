with usage as (
    select * from {{ ref('int_classified_usage') }}
    where category <> 'other'
),

{{ sampled_share_ctes(keys=['category', 'tag'], within=['category']) }},

final as (
    select
        population,
        category,
        tag,
        {{ unless_suppressed([
            'sampled_requests', 'tokens', 'spend_usd', 'token_share', 'token_share_low',
            'token_share_high', 'request_share', 'spend_share',
        ]) }},
        is_suppressed
    from cells
)

select * from final
