{{ config(
    materialized='incremental',
    meta={'slice_key': 'usage_date', 'slices': 'int_tag_days'},
) }}

-- depends_on: {{ ref('int_tag_days') }}

with requests as (
    {{ requests_of_days('int_tag_days') }}
),

request_tags as (
    select * from {{ ref('int_request_tags') }}
),

-- As in int_usage_daily: a part is never more than its whole.
in_parts as (
    select
        population,
        gateway,
        usage_date,
        request_id,
        requested_at,
        -- As in int_account_days: accounts are counted only where cells with few are suppressed.
        {% if var('min_cell_accounts') > 1 -%}
            account_id,
        {%- else -%}
            cast(null as {{ dbt.type_string() }}) as account_id,
        {%- endif %}
        raw_model,
        provider,
        is_byok,
        billed_usd,
        prompt_tokens,
        {{ cached_part() }} as cached_prompt_tokens,
        {{ cache_write_part() }} as cache_write_tokens,
        completion_tokens,
        {{ reasoning_part() }} as reasoning_tokens,
        tokens
    from requests
    where request_id is not null
),

matched as (
    select
        in_parts.population,
        in_parts.gateway,
        in_parts.usage_date,
        in_parts.request_id,
        in_parts.requested_at,
        in_parts.account_id,
        in_parts.raw_model,
        in_parts.provider,
        in_parts.is_byok,
        in_parts.billed_usd,
        in_parts.prompt_tokens,
        in_parts.cached_prompt_tokens,
        in_parts.cache_write_tokens,
        in_parts.completion_tokens,
        in_parts.reasoning_tokens,
        in_parts.tokens,
        request_tags.tag,
        request_tags.confidence,
        request_tags.sampling_rate
    from in_parts
    inner join request_tags
        on in_parts.gateway = request_tags.gateway
        and in_parts.request_id = request_tags.request_id
),

-- An id that is used again beyond the duplicate horizon is another request, but the sample holds
-- one: the tag counts for the later. (Nothing older need be searched when a tag is new.)
repeated as (
    select
        gateway,
        request_id,
        max(requested_at) as last_requested_at
    from matched
    group by gateway, request_id
    having count(*) > 1
),

{% if is_incremental() %}
    standing as (
        select
            classified.gateway,
            classified.request_id,
            classified.requested_at
        from {{ this }} as classified
        left join {{ ref('int_tag_days') }} as tag_days
            on classified.usage_date = tag_days.usage_date
        where tag_days.usage_date is null
    ),
{% endif %}

final as (
    select matched.*
    from matched
    left join repeated
        on matched.gateway = repeated.gateway
        and matched.request_id = repeated.request_id
    {% if is_incremental() %}
        left join standing
            on matched.gateway = standing.gateway
            and matched.request_id = standing.request_id
    {% endif %}
    where
        (repeated.request_id is null or matched.requested_at = repeated.last_requested_at)
        {% if is_incremental() %}
            and (standing.request_id is null or matched.requested_at > standing.requested_at)
        {% endif %}
)

select * from final
