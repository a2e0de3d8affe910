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

counted_days as (
    select distinct usage_date
    from labels_as_counted
),

labels_now as (
    select
        usage_date,
        labels_fingerprint
    from {{ ref('int_label_fingerprints') }}
),

relabelled as (
    select
        labels_now.usage_date,
        -- Of a warehouse that has lost its counts nothing is known.
        counted_days.usage_date is not null {{- ' or true' if previous is none }}
            as may_lose_accounts
    from labels_now
    left join labels_as_counted
        on labels_now.usage_date = labels_as_counted.usage_date
        and labels_now.labels_fingerprint = labels_as_counted.labels_fingerprint
    left join counted_days on labels_now.usage_date = counted_days.usage_date
    where labels_as_counted.usage_date is null
),

days as (
    select * from relabelled
    union all
    select
        usage_date,
        may_lose_accounts
    from {{ ref('int_build_days') }}
),

final as (
    select
        usage_date,
        bool_or(may_lose_accounts) as may_lose_accounts
    from days
    group by usage_date
)

select * from final
