{{ config(materialized='table') }}

-- The classified sample: the requests that a tag is sure enough of, with its category, the
-- registry and the spend of the day (as int_usage_priced has them). A table, since seven marts
-- read it, and of no more than they read: ids take as long to write as all else.
with requests as (
    select * from {{ ref('int_classified_requests') }}
    where confidence >= {{ var('min_tag_confidence') }}
),

tags as (
    select * from {{ ref('int_tags') }}
),

labels as (
    select * from {{ ref('int_labels_daily') }}
),

labelled as (
    select
        requests.population,
        requests.usage_date,
        requests.account_id,
        requests.tag,
        tags.category,
        requests.sampling_rate,
        labels.author,
        labels.weights_class,
        labels.origin,
        requests.is_byok,
        requests.prompt_tokens,
        requests.completion_tokens,
        requests.tokens,
        cast(requests.billed_usd as {{ exact_type() }}) as billed_usd,
        cast(
            {{ list_usd('cached_prompt_tokens', 'cache_write_tokens', 'reasoning_tokens') }}
            as {{ exact_type() }}
        ) as list_usd
    from requests
    inner join tags on requests.tag = tags.tag
    inner join labels
        on requests.raw_model = labels.raw_model
        and requests.provider is not distinct from labels.raw_provider
        and requests.usage_date = labels.usage_date
),

final as (
    select
        population,
        {{ week_start('usage_date') }} as week_start,
        account_id,
        tag,
        category,
        sampling_rate,
        author,
        weights_class,
        origin,
        is_byok,
        prompt_tokens,
        completion_tokens,
        tokens,
        coalesce(billed_usd, list_usd) as spend_usd,
        case
            when billed_usd is not null then 'billed'
            when list_usd is not null then 'list'
            else 'unpriced'
        end as price_source
    from labelled
)

select * from final
