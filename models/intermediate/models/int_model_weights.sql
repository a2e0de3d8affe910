with judgements as (
    select * from {{ ref('stg_registry__model_weights') }}
),

ordered as (
    select
        model_id,
        weights_class,
        valid_from as judged_from,
        source,
        lag(valid_from) over (
            partition by model_id order by valid_from nulls last
        ) as previous_from,
        lead(valid_from) over (
            partition by model_id order by valid_from nulls last
        ) as next_from
    from judgements
),

-- The first known judgement holds for the days before it too.
final as (
    select
        model_id,
        weights_class,
        case
            when previous_from is null then cast('1970-01-01' as date)
            else judged_from
        end as valid_from,
        coalesce(next_from, cast('9999-12-31' as date)) as valid_to,
        judged_from,
        source
    from ordered
)

select * from final
