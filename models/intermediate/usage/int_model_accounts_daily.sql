{{ config(
    materialized='incremental',
    meta={'slice_key': 'usage_date', 'slices': 'int_relabelled_days'},
) }}

-- depends_on: {{ ref('int_relabelled_days') }}
-- depends_on: {{ ref('int_input_days') }}
-- Its fingerprints say how names were read when all that is stored by model was built, so it is
-- written after the rest of that: a build that ends early is then made up for.
-- depends_on: {{ ref('int_account_months') }}

with requests as (
    select * from {{ ref('int_requests_accepted') }}
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

requests_to_count as (
    select
        population,
        gateway,
        usage_date,
        raw_model,
        account_id
    from requests
    {% if is_incremental() %}
        where {{ in_build_days('int_relabelled_days') }}
    {% endif %}
),

final as (
    select
        requests_to_count.population,
        requests_to_count.gateway,
        requests_to_count.usage_date,
        labels.model_id,
        -- Null, not 0, where no request names its account.
        nullif(count(distinct requests_to_count.account_id), 0) as accounts,
        fingerprints.labels_fingerprint
    from requests_to_count
    inner join labels
        on requests_to_count.raw_model = labels.raw_model
        and requests_to_count.usage_date = labels.usage_date
    inner join fingerprints on requests_to_count.usage_date = fingerprints.usage_date
    group by
        requests_to_count.population,
        requests_to_count.gateway,
        requests_to_count.usage_date,
        labels.model_id,
        fingerprints.labels_fingerprint
)

select * from final
