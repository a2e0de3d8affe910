with usage as (
    select * from {{ ref('fct_usage_daily') }}
),

account_models as (
    select * from {{ ref('int_account_models_weekly') }}
),

{{ share_ctes(keys=['author', 'weights_class']) }},

ranked as (
    select
        *,
        cast(
            rank() over (partition by population order by tokens desc nulls last)
            as {{ dbt.type_bigint() }}
        ) as rank
    from cells
),

final as (
    select
        population,
        author,
        weights_class,
        {{ unless_suppressed([
            'requests', 'tokens', 'spend_usd', 'token_share', 'request_share', 'spend_share',
            'rank',
        ]) }},
        is_suppressed
    from ranked
)

select * from final
