-- A cell is about its cohort's accounts: those must be enough. It has no requests to count.
with cells as (
    select
        *,
        cohort_accounts < {{ var('min_cell_accounts') }} as is_suppressed
    from {{ ref('int_retention_cells') }}
),

final as (
    select
        population,
        model_id,
        cohort_month,
        months_since,
        is_partial,
        {{ unless_suppressed([
            'cohort_accounts', 'retained_accounts', 'returned_accounts', 'retention',
            'retention_low', 'retention_high',
        ]) }},
        is_suppressed
    from cells
)

select * from final
