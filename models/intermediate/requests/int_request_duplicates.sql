{{ config(
    materialized='incremental',
    meta={'slice_key': 'usage_date', 'slices': 'int_build_days'},
) }}

-- depends_on: {{ ref('int_build_days') }}

{%- set horizon = var('duplicate_horizon_days') %}

{%- do require_build_records() %}

with contenders as (
    select
        *,
        {{ day_number('cast(requested_at as date)') }} as request_day
    from {{ ref('int_build_records') }}
    where is_repeated and not is_rejected
),

-- The most tokens (streams are logged while they run), then the latest, then the largest of the
-- remaining columns in their order. File and row part only records that are equal in all of it.
ranked as (
    select
        *,
        row_number() over (
            partition by gateway, request_id
            order by
                tokens desc nulls last,
                requested_at desc nulls last,
                raw_model desc nulls last,
                prompt_tokens desc nulls last,
                completion_tokens desc nulls last,
                cached_tokens desc nulls last,
                cache_write_tokens desc nulls last,
                reasoning_tokens desc nulls last,
                account_id desc nulls last,
                session_id desc nulls last,
                app_id desc nulls last,
                provider desc nulls last,
                billed_usd desc nulls last,
                finish_reason desc nulls last,
                tool_calls desc nulls last,
                is_streamed desc nulls last,
                is_cancelled desc nulls last,
                is_byok desc nulls last,
                latency_ms desc nulls last,
                time_to_first_token_ms desc nulls last,
                logged_country_code desc nulls last,
                language desc nulls last,
                read_file asc,
                source_row asc
        ) as place
    from contenders
),

compared as (
    select
        *,
        min(place) over (
            partition by gateway, request_id
            order by request_day
            range between {{ horizon }} preceding and {{ horizon }} following
        ) as best_place_near
    from ranked
),

final as (
    select
        population,
        gateway,
        usage_date,
        request_id,
        read_file,
        source_row
    from compared
    where
        best_place_near < place
        {% if is_incremental() %}
            and usage_date in (select usage_date from {{ ref('int_build_days') }})
        {% endif %}
)

select * from final
