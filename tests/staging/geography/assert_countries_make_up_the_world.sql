-- The usage index is a share of the world's working-age population: figures in thousands, of all
-- ages, or a country counted twice would show in the sum. What is missing from it (Somalia, small
-- islands) is below 1 %; sources that differ in their revision may put it a little above.
with populations as (
    select
        sum(case when country_code <> 'world' then working_age_population end) as countries,
        max(case when country_code = 'world' then working_age_population end) as world
    from {{ ref('stg_geography__working_age_population') }}
)

select * from populations
where (countries >= 0.99 * world and countries <= 1.01 * world) is not true
