with account_days as (
    select * from {{ ref('int_account_days') }}
),

labels as (
    select distinct
        raw_model,
        usage_date,
        model_id,
        author,
        weights_class,
        origin,
        size_tier
    from {{ ref('int_labels_daily') }}
),

final as (
    select distinct
        account_days.population,
        {{ week_start('account_days.usage_date') }} as week_start,
        account_days.account_id,
        labels.model_id,
        labels.author,
        labels.weights_class,
        labels.origin,
        labels.size_tier
    from account_days
    inner join labels
        on account_days.raw_model = labels.raw_model
        and account_days.usage_date = labels.usage_date
)

select * from final
