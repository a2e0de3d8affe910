with populations as (
    select * from {{ ref('working_age_population') }}
),

final as (
    select
        country_code,
        working_age_population
    from populations
)

select * from final
