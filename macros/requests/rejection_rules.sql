{#- Why a record is rejected: stable names and their conditions. A condition that is null is not
    met: to say so of each of thirty would cost as much as to check them. -#}
{% macro request_rejection_rules() %}
    {%- set rules = [
        ['record_unreadable', 'source_error is not null'],
    ] -%}
    {%- do rules.extend(time_rules('requested_at', 'has_requested_at',
        "cast('2015-01-01' as " ~ dbt.type_timestamp() ~ ")",
        latest_instant())) -%}
    {%- do rules.append(['model_missing', 'raw_model is null']) -%}
    {%- for column in ['prompt_tokens', 'completion_tokens'] -%}
        {%- do rules.append([column ~ '_missing', column ~ ' is null']) -%}
    {%- endfor -%}
    {%- for column in [
        'prompt_tokens', 'completion_tokens', 'cached_tokens', 'cache_write_tokens',
        'reasoning_tokens',
    ] -%}
        {%- do rules.extend(count_rules(column, 1e12)) -%}
    {%- endfor -%}
    {%- do rules.extend(billed_rules('prompt_tokens + completion_tokens')) -%}
    {{- return(rules) -}}
{% endmacro %}

{#- The same for a day's total: no bound per request holds there. Doubles are exact up to 9e15. -#}
{% macro daily_rejection_rules() %}
    {%- set rules = [
        ['record_unreadable', 'source_error is not null'],
    ] -%}
    {%- do rules.extend(time_rules('usage_date', 'has_usage_date', "cast('2015-01-01' as date)",
        latest_instant())) -%}
    {%- do rules.append(['model_missing', 'raw_model is null']) -%}
    {%- do rules.append(['tokens_missing', 'tokens is null']) -%}
    {%- for column in [
        'tokens', 'requests', 'prompt_tokens', 'completion_tokens', 'cached_tokens',
        'cache_write_tokens', 'reasoning_tokens',
    ] -%}
        {%- do rules.extend(count_rules(column, 9e15)) -%}
    {%- endfor -%}
    {%- do rules.extend(billed_rules('tokens')) -%}
    {{- return(rules) -}}
{% endmacro %}

{#- The same for what stands beside a log. The names say of what: the rows share a table with the
    log's own. -#}
{% macro tag_rejection_rules() %}
    {{- return([
        ['tag_record_unreadable', 'source_error is not null'],
        ['tag_request_id_missing', 'source_error is null and request_id is null'],
        ['tag_missing', 'source_error is null and tag is null'],
        ['tag_confidence_missing', 'source_error is null and confidence is null'],
        ['tag_confidence_unreadable', 'coalesce(isnan(confidence), false)'],
        ['tag_confidence_out_of_range',
            'coalesce(not isnan(confidence) and not confidence between 0 and 1, false)'],
    ]) -}}
{% endmacro %}

{% macro account_rejection_rules() %}
    {{- return([
        ['account_record_unreadable', 'source_error is not null'],
        ['account_id_missing', 'source_error is null and account_id is null'],
        ['account_country_missing', 'source_error is null and country_code is null'],
        ['account_country_unknown', 'country_code is not null and not is_known_country'],
    ]) -}}
{% endmacro %}

{% macro time_rules(column, has_column, earliest, latest) %}
    {{- return([
        [column ~ '_missing', 'source_error is null and not ' ~ has_column],
        [column ~ '_unreadable', has_column ~ ' and ' ~ column ~ ' is null'],
        [column ~ '_before_2015', column ~ ' < ' ~ earliest],
        [column ~ '_in_future', column ~ ' > ' ~ latest],
    ]) -}}
{% endmacro %}

{#- NaN, which stands for a text that is no number, is above every number. -#}
{% macro count_rules(column, most) %}
    {{- return([
        [column ~ '_not_a_whole_number',
            'case when abs(' ~ column ~ ') < 9e15 then ' ~ column ~ ' <> floor(' ~ column
            ~ ') else isnan(' ~ column ~ ') end'],
        [column ~ '_negative', column ~ ' < 0'],
        [column ~ '_too_large', column ~ ' > ' ~ most ~ ' and not isnan(' ~ column ~ ')'],
    ]) -}}
{% endmacro %}

{#- An amount that no price explains is a unit error (cents, or credits, taken for dollars). -#}
{% macro billed_rules(tokens) %}
    {{- return([
        ['billed_usd_not_a_number', 'isnan(billed_usd)'],
        ['billed_usd_negative', 'billed_usd < 0'],
        ['billed_usd_too_large',
            'not isnan(billed_usd) and billed_usd > case when ' ~ tokens ~ ' > 0 then '
            ~ '(' ~ tokens ~ ') * ' ~ var('max_usd_per_million_tokens') ~ ' / 1e6 when ' ~ tokens
            ~ ' = 0 then ' ~ var('max_usd_without_tokens') ~ ' end'],
    ]) -}}
{% endmacro %}

{% macro is_rejected(rules) -%}
coalesce(
    {%- for rule in rules %}
    ({{ rule[1] }}){{ ' or' if not loop.last }}
    {%- endfor %},
    false
)
{%- endmacro %}

{#- The names of all rules that a record breaks, in the order of the rules; made only of those that
    break one. -#}
{% macro rejection_reasons(rules) -%}
case
    when {{ is_rejected(rules) }} then concat_ws(
        ', '
        {%- for rule in rules %},
        case when {{ rule[1] }} then '{{ rule[0] }}' end
        {%- endfor %}
    )
    else ''
end
{%- endmacro %}
