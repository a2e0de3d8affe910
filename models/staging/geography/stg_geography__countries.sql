with countries as (
    select * from {{ ref('countries') }}
),

final as (
    select
        country_code,
        country_name,
        continent
    from countries
)

select * from final
