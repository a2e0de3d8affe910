{%- set rules = request_rejection_rules() -%}

with requests as (
    select * from {{ ref('int_requests_unioned') }}
),

validated as (
    select
        *,
        {{ date_in_zone('requested_at', var('reporting_time_zone')) }} as usage_date,
        {{ is_rejected(rules) }} as is_rejected,
        {{ rejection_reasons(rules) }} as rejection_reasons
    from requests
),

final as (
    select
        population,
        gateway,
        read_file,
        source_row,
        requested_at,
        usage_date,
        raw_model,
        provider,
        try_cast(prompt_tokens as {{ dbt.type_bigint() }}) as prompt_tokens,
        try_cast(completion_tokens as {{ dbt.type_bigint() }}) as completion_tokens,
        try_cast(cached_tokens as {{ dbt.type_bigint() }}) as cached_tokens,
        try_cast(cache_write_tokens as {{ dbt.type_bigint() }}) as cache_write_tokens,
        try_cast(reasoning_tokens as {{ dbt.type_bigint() }}) as reasoning_tokens,
        try_cast(prompt_tokens + completion_tokens as {{ dbt.type_bigint() }}) as tokens,
        account_id,
        session_id,
        app_id,
        billed_usd,
        finish_reason,
        case
            when tool_calls >= 0 and tool_calls < 1e12 and tool_calls = floor(tool_calls)
                then cast(tool_calls as {{ dbt.type_bigint() }})
        end as tool_calls,
        is_streamed,
        is_cancelled,
        is_byok,
        {{ measure_or_null('latency_ms') }} as latency_ms,
        {{ measure_or_null('time_to_first_token_ms') }} as time_to_first_token_ms,
        country_code,
        language,
        is_rejected,
        rejection_reasons,
        record,
        request_id is not null as has_request_id,
        -- The hash is made of keys too: where they cannot be read it would be another.
        coalesce(
            request_id,
            case when {{ keys_are_readable() }} then {{ hash_of_record([
                epoch_microseconds('requested_at'), 'raw_model',
                'try_cast(prompt_tokens as ' ~ dbt.type_bigint() ~ ')',
                'try_cast(completion_tokens as ' ~ dbt.type_bigint() ~ ')',
                'try_cast(cached_tokens as ' ~ dbt.type_bigint() ~ ')',
                'try_cast(cache_write_tokens as ' ~ dbt.type_bigint() ~ ')',
                'try_cast(reasoning_tokens as ' ~ dbt.type_bigint() ~ ')',
                'account_id', 'session_id', 'app_id', 'provider',
                exact_decimal_text('billed_usd'), 'finish_reason',
                exact_decimal_text('tool_calls'),
                'is_streamed', 'is_cancelled', 'is_byok',
                exact_decimal_text('latency_ms'),
                exact_decimal_text('time_to_first_token_ms'),
                'country_code', 'language',
            ]) }} end
        ) as request_id
    from validated
)

select * from final
