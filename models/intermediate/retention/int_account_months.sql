{{ config(
    materialized='incremental',
    meta={'slice_key': 'month_start', 'slices': 'int_rebuilt_months'},
) }}

-- depends_on: {{ ref('int_build_months') }}
-- depends_on: {{ ref('int_rebuilt_months') }}

with requests as (
    {{ requests_of_days('int_build_months') }}
),

-- Names that could not be read are no model that one could come back to.
labels as (
    select distinct
        raw_model,
        usage_date,
        model_id
    from {{ ref('int_labels_daily') }}
    where model_id <> 'unknown'
),

requests_of_accounts as (
    select
        population,
        usage_date,
        raw_model,
        account_id
    from requests
    where account_id is not null
),

active as (
    select distinct
        requests_of_accounts.population,
        {{ month_start('requests_of_accounts.usage_date') }} as month_start,
        labels.model_id,
        requests_of_accounts.account_id
    from requests_of_accounts
    inner join labels
        on requests_of_accounts.raw_model = labels.raw_model
        and requests_of_accounts.usage_date = labels.usage_date
),

{% if is_incremental() %}
    -- A month that is not rebuilt keeps its rows and gets those that are new.
    standing as (
        select stored.*
        from {{ this }} as stored
        left join {{ ref('int_rebuilt_months') }} as rebuilt_months
            on stored.month_start = rebuilt_months.month_start
        where
            rebuilt_months.month_start is null
            and stored.month_start in (select month_start from {{ ref('int_build_months') }})
    ),
{% endif %}

final as (
    select active.*
    from active
    {% if is_incremental() %}
        left join standing
            on active.population = standing.population
            and active.month_start = standing.month_start
            and active.model_id = standing.model_id
            and active.account_id = standing.account_id
        where standing.account_id is null
    {% endif %}
)

select * from final
