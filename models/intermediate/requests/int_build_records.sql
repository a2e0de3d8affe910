-- depends_on: {{ ref('int_read_days') }}
-- depends_on: {{ ref('int_input_days') }}

-- The one pass over the log: all that is stored by day, week or month is computed from these few
-- columns. What only the judge of duplicates needs is kept of the ids that are repeated, what only
-- the quarantine needs of the rejected.
with requests as (
    select
        *,
        {{ id_hash() }} as id_hash
    from {{ ref('int_requests_validated') }} as requests
    where {{ in_files_of_days('int_read_days') }}
),

noted_ids as (
    select * from {{ ref('int_noted_ids') }}
),

read_days as (
    select * from {{ ref('int_read_days') }}
),

judged as (
    select
        requests.*,
        {{ located_country('requests') }} as located_country_code,
        noted_ids.id_hash is not null as is_noted,
        coalesce(noted_ids.is_repeated, false) as is_repeated
    from requests
    {{ join_account_countries('requests') }}
    inner join read_days on requests.usage_date is not distinct from read_days.usage_date
    left join noted_ids on requests.id_hash = noted_ids.id_hash
),

final as (
    select
        population,
        gateway,
        usage_date,
        raw_model,
        provider,
        prompt_tokens,
        completion_tokens,
        cached_tokens,
        cache_write_tokens,
        reasoning_tokens,
        tokens,
        account_id,
        billed_usd,
        finish_reason,
        is_byok,
        located_country_code as country_code,
        language,
        is_rejected,
        is_repeated,
        {% for column in ['request_id', 'requested_at'] -%}
            case when is_noted then {{ column }} end as {{ column }},
        {% endfor -%}
        {% for column in ['read_file', 'source_row'] -%}
            case when is_repeated or is_rejected then {{ column }} end as {{ column }},
        {% endfor -%}
        {% for column in [
            'session_id', 'app_id', 'tool_calls', 'is_streamed', 'is_cancelled', 'latency_ms',
            'time_to_first_token_ms',
        ] -%}
            case when is_repeated then {{ column }} end as {{ column }},
        {% endfor -%}
        case when is_repeated then country_code end as logged_country_code,
        case when is_rejected then rejection_reasons end as rejection_reasons,
        case when is_rejected then {{ record_as_text('record') }} end as record
    from judged
)

select * from final
