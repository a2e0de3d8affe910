{{ config(
    materialized='incremental',
    meta={'slice_key': 'usage_date', 'slices': 'int_relabelled_days'},
) }}

-- depends_on: {{ ref('int_relabelled_days') }}
-- Its fingerprints say how names were read when all that is stored by model was built, so it is
-- written after the rest of that: a build that ends early is then made up for.
-- depends_on: {{ ref('int_account_months') }}

with requests as (
    {{ requests_of_days('int_relabelled_days') }}
),

labels as (
    select distinct
        raw_model,
        usage_date,
        model_id
    from {{ ref('int_labels_daily') }}
),

fingerprints as (
    select * from {{ ref('int_label_fingerprints') }}
),

final as (
    select
        requests.population,
        requests.gateway,
        requests.usage_date,
        labels.model_id,
        -- Null, not 0, where no request names its account.
        nullif(count(distinct requests.account_id), 0) as accounts,
        fingerprints.labels_fingerprint
    from requests
    inner join labels
        on requests.raw_model = labels.raw_model
        and requests.usage_date = labels.usage_date
    inner join fingerprints on requests.usage_date = fingerprints.usage_date
    group by
        requests.population,
        requests.gateway,
        requests.usage_date,
        labels.model_id,
        fingerprints.labels_fingerprint
)

select * from final
