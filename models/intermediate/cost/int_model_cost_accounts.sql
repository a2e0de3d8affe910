-- Whose usage effective cost is measured on: the accounts behind int_model_costs_weekly, and no
-- others, or a cell of one paying account would hide among those who bring their own keys.
with account_days as (
    select * from {{ ref('int_account_days') }}
    where is_byok is not true
),

labels as (
    select * from {{ ref('int_labels_daily') }}
),

final as (
    select distinct
        account_days.population,
        labels.model_id,
        account_days.account_id
    from account_days
    inner join labels
        on account_days.raw_model = labels.raw_model
        and account_days.provider is not distinct from labels.raw_provider
        and account_days.usage_date = labels.usage_date
    where
        labels.model_id not in ('unknown', 'other')
        and (
            account_days.is_billed
            or (
                labels.prompt_usd_per_million is not null
                and labels.completion_usd_per_million is not null
            )
        )
)

select * from final
