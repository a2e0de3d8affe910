{{ config(materialized='table') }}

with totals as (
    select * from {{ ref('int_published_usage_validated') }}
),

files as (
    select * from {{ ref('stg_inputs__files') }}
),

named as (
    select
        totals.*,
        files.source_file
    from totals
    left join files
        on totals.gateway = files.gateway
        and totals.read_file = files.read_file
),

-- A day's total that was published again, revised: the larger one counts.
final as (
    select
        population,
        gateway,
        usage_date,
        raw_model,
        provider,
        cast(requests as {{ dbt.type_bigint() }}) as requests,
        cast(prompt_tokens as {{ dbt.type_bigint() }}) as prompt_tokens,
        cast(cached_tokens as {{ dbt.type_bigint() }}) as cached_tokens,
        cast(cache_write_tokens as {{ dbt.type_bigint() }}) as cache_write_tokens,
        cast(completion_tokens as {{ dbt.type_bigint() }}) as completion_tokens,
        cast(reasoning_tokens as {{ dbt.type_bigint() }}) as reasoning_tokens,
        cast(tokens as {{ dbt.type_bigint() }}) as tokens,
        billed_usd,
        row_number() over (
            partition by gateway, usage_date, raw_model, provider
            order by
                tokens desc nulls last,
                requests desc nulls last,
                prompt_tokens desc nulls last,
                completion_tokens desc nulls last,
                cached_tokens desc nulls last,
                cache_write_tokens desc nulls last,
                reasoning_tokens desc nulls last,
                billed_usd desc nulls last,
                source_file asc,
                source_row asc
        ) > 1 as is_duplicate
    from named
    where not is_rejected
)

select * from final
