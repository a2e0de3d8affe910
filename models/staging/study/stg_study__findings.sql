with findings as (
    select * from {{ ref('study_findings') }}
),

final as (
    select
        finding_id,
        position,
        figure,
        section,
        statement,
        definition,
        coalesce(needs, '') as needs,
        coalesce(needs_weeks, 0) as needs_weeks,
        contradiction,
        source
    from findings
)

select * from final
