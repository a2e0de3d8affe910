{%- set rules = tag_rejection_rules() -%}

with request_tags as (
    select * from {{ ref('stg_tags__request_tags') }}
),

final as (
    select
        population,
        gateway,
        read_file,
        source_row,
        source_error,
        sampling_rate,
        request_id,
        tag,
        confidence,
        record,
        {{ is_rejected(rules) }} as is_rejected,
        {{ rejection_reasons(rules) }} as rejection_reasons
    from request_tags
)

select * from final
