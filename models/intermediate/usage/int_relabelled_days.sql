{{ config(materialized='table') }}

{%- set previous = previous_build('int_model_accounts_daily', 'intermediate') %}

-- Accounts of a model are distinct across the names that it is logged under, so they do not add
-- up from names: where the registry reads the names of a day otherwise than when its accounts
-- were counted, they are counted again.
with labels_as_counted as (
    {% if previous is none %}
        select
            cast(null as date) as usage_date,
            cast(null as {{ dbt.type_string() }}) as labels_fingerprint
        where false
    {% else %}
        select distinct
            usage_date,
            labels_fingerprint
        from {{ previous }}
    {% endif %}
),

labels_now as (
    select
        usage_date,
        labels_fingerprint
    from {{ ref('int_label_fingerprints') }}
),

relabelled as (
    select labels_now.usage_date
    from labels_now
    left join labels_as_counted
        on labels_now.usage_date = labels_as_counted.usage_date
        and labels_now.labels_fingerprint = labels_as_counted.labels_fingerprint
    where labels_as_counted.usage_date is null
),

final as (
    select usage_date from relabelled
    union
    select usage_date from {{ ref('int_build_days') }}
)

select * from final
