with finish_reasons as (
    select * from {{ ref('finish_reasons') }}
),

final as (
    select
        raw_finish_reason,
        finish_reason
    from finish_reasons
)

select * from final
