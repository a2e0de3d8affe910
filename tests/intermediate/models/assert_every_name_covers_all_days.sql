-- Usage is joined to a name by day with an inner join: a day that a name leaves open would lose the
-- usage of that day. Overlaps are tested on the model.
with bounds as (
    select
        raw_model,
        valid_from,
        valid_to,
        lead(valid_from) over (
            partition by raw_model order by valid_from nulls last
        ) as next_from,
        min(valid_from) over (partition by raw_model) as first_day
    from {{ ref('int_model_names_resolved') }}
),

named as (
    select
        logged_names.raw_model,
        bounds.raw_model as resolved_name,
        bounds.valid_to,
        bounds.next_from,
        bounds.first_day
    from {{ ref('int_model_names') }} as logged_names
    left join bounds on logged_names.raw_model = bounds.raw_model
)

select * from named
where
    resolved_name is null
    or first_day <> cast('1970-01-01' as date)
    or valid_to <> coalesce(next_from, cast('9999-12-31' as date))
