{{ config(materialized='table') }}

-- The classified sample: the requests that a tag is sure enough of, with its category, the
-- registry and the spend of the day (as int_usage_priced has them). A table, since seven marts
-- read it.
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
        requests.gateway,
        requests.usage_date,
        requests.request_id,
        requests.account_id,
        requests.tag,
        tags.category,
        tags.study_category,
        requests.sampling_rate,
        labels.model_id,
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
        gateway,
        usage_date,
        {{ week_start('usage_date') }} as week_start,
        request_id,
        account_id,
        tag,
        category,
        study_category,
        sampling_rate,
        model_id,
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
