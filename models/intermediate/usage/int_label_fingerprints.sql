with logged_names as (
    select distinct
        usage_date,
        raw_model
    from {{ ref('int_usage_daily') }}
),

labels as (
    select distinct
        raw_model,
        usage_date,
        model_id
    from {{ ref('int_labels_daily') }}
),

final as (
    select
        logged_names.usage_date,
        md5({{ sorted_list("logged_names.raw_model || '>' || labels.model_id") }})
            as labels_fingerprint
    from logged_names
    inner join labels
        on logged_names.raw_model = labels.raw_model
        and logged_names.usage_date = labels.usage_date
    group by logged_names.usage_date
)

select * from final
