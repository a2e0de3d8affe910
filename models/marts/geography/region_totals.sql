with usage as (
    select * from {{ ref('int_audience_priced') }}
    where dimension = 'country'
),

account_models as (
    select * from {{ ref('int_account_audience_weekly') }}
),

{{ share_ctes(keys=['continent']) }},

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
        continent,
        {{ unless_suppressed([
            'requests', 'tokens', 'spend_usd', 'token_share', 'request_share', 'spend_share',
            'rank',
        ]) }},
        is_suppressed
    from ranked
)

select * from final
