{%- set rules = tag_rejection_rules() -%}

with request_tags as (
    select * from {{ ref('stg_tags__request_tags') }}
),

final as (
    select
        *,
        {{ is_rejected(rules) }} as is_rejected,
        {{ rejection_reasons(rules) }} as rejection_reasons
    from request_tags
)

select * from final
