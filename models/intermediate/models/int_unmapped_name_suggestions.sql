-- Levenshtein distance, since DuckDB and Spark agree on it. Names are compared with the models
-- whose key starts alike: the head of a misspelt name is the part least often wrong, and 10,000
-- unknown names stay cheap.
with unmapped as (
    select distinct
        raw_model,
        left({{ model_key("split_part(model_id, '/', -1)") }}, 60) as slug_key
    from {{ ref('int_model_names_resolved') }}
    where model_id like 'unknown/%'
),

models as (
    select
        model_id,
        left({{ model_key("split_part(model_id, '/', -1)") }}, 60) as slug_key
    from {{ ref('stg_registry__models') }}
    where model_id not like '~%'
),

distances as (
    select
        unmapped.raw_model,
        models.model_id,
        levenshtein(unmapped.slug_key, models.slug_key) as distance,
        greatest(length(unmapped.slug_key), length(models.slug_key)) as longest
    from unmapped
    inner join models on left(unmapped.slug_key, 3) = left(models.slug_key, 3)
),

-- More than half of the letters wrong is no resemblance.
ranked as (
    select
        raw_model,
        model_id,
        row_number() over (
            partition by raw_model order by distance nulls last, model_id nulls last
        ) as nearness
    from distances
    where distance * 2 <= longest
),

nearest as (
    select
        raw_model,
        {{ joined_text('model_id', ', ', 'nearness') }} as nearest_known_names
    from ranked
    where nearness <= 3
    group by raw_model
),

final as (
    select
        unmapped.raw_model,
        nearest.nearest_known_names
    from unmapped
    left join nearest on unmapped.raw_model = nearest.raw_model
)

select * from final
