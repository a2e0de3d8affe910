with input_days as (
    select
        population,
        gateway,
        usage_date,
        raw_records,
        case
            when {{ dbt.datediff('usage_date', 'delivered_on', 'day') }}
                > {{ var('late_after_days') }}
                then raw_records
            else 0
        end as late_records
    from {{ ref('int_built_days') }}
    where raw_records > 0
),

published as (
    select * from {{ ref('int_published_usage_ranked') }}
),

published_rejects as (
    select * from {{ ref('int_published_usage_validated') }}
    where is_rejected
),

request_rejects as (
    select * from {{ ref('int_request_rejects') }}
),

request_duplicates as (
    select * from {{ ref('int_request_duplicates') }}
),

request_usage as (
    select * from {{ ref('int_usage_daily') }}
),

usage as (
    select * from {{ ref('int_usage_priced') }}
),

-- Every count from the model that knows it; tests/intermediate/requests checks that they add up.
counts as (
    select
        population,
        gateway,
        usage_date,
        raw_records,
        cast(0 as {{ dbt.type_bigint() }}) as accepted_records,
        cast(0 as {{ dbt.type_bigint() }}) as rejected_records,
        cast(0 as {{ dbt.type_bigint() }}) as duplicate_records,
        late_records
    from input_days
    union all
    select
        population,
        gateway,
        usage_date,
        0 as raw_records,
        requests as accepted_records,
        0 as rejected_records,
        0 as duplicate_records,
        0 as late_records
    from request_usage
    union all
    select
        population,
        gateway,
        usage_date,
        0 as raw_records,
        0 as accepted_records,
        1 as rejected_records,
        0 as duplicate_records,
        0 as late_records
    from request_rejects
    union all
    select
        population,
        gateway,
        usage_date,
        0 as raw_records,
        0 as accepted_records,
        0 as rejected_records,
        1 as duplicate_records,
        0 as late_records
    from request_duplicates
    union all
    select
        population,
        gateway,
        usage_date,
        1 as raw_records,
        case when is_duplicate then 0 else 1 end as accepted_records,
        0 as rejected_records,
        case when is_duplicate then 1 else 0 end as duplicate_records,
        0 as late_records
    from published
    union all
    select
        population,
        gateway,
        usage_date,
        1 as raw_records,
        0 as accepted_records,
        1 as rejected_records,
        0 as duplicate_records,
        0 as late_records
    from published_rejects
),

counted as (
    select
        population,
        gateway,
        usage_date,
        {{ sum_count('raw_records') }} as raw_records,
        {{ sum_count('accepted_records') }} as accepted_records,
        {{ sum_count('rejected_records') }} as rejected_records,
        {{ sum_count('duplicate_records') }} as duplicate_records,
        {{ sum_count('late_records') }} as late_records
    from counts
    group by population, gateway, usage_date
),

known as (
    select
        population,
        gateway,
        usage_date,
        cast(sum(tokens) as double) as tokens,
        sum(case when is_known then tokens else 0 end) as known_model_tokens,
        sum(case when weights_class <> 'unknown' then tokens else 0 end) as known_weights_tokens,
        sum(case when origin <> 'unknown' then tokens else 0 end) as known_origin_tokens,
        sum(case when price_source <> 'unpriced' then tokens else 0 end) as priced_tokens
    from usage
    group by population, gateway, usage_date
),

final as (
    select
        counted.population,
        counted.gateway,
        counted.usage_date,
        counted.raw_records,
        counted.accepted_records,
        counted.rejected_records,
        counted.duplicate_records,
        counted.late_records,
        {% for share in ['known_model', 'known_weights', 'known_origin', 'priced'] -%}
            cast(known.{{ share }}_tokens as double) / nullif(known.tokens, 0)
            as {{ share }}_token_share{{ ',' if not loop.last }}
        {% endfor %}
    from counted
    left join known
        on counted.population = known.population
        and counted.gateway = known.gateway
        and counted.usage_date = known.usage_date
)

select * from final
