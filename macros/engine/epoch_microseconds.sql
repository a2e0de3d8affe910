{#- Microseconds since 1970 of a UTC timestamp, as bigint. -#}
{% macro epoch_microseconds(timestamp) %}
    {{- adapter.dispatch('epoch_microseconds')(timestamp) -}}
{% endmacro %}

{% macro default__epoch_microseconds(timestamp) %}unix_micros({{ timestamp }}){% endmacro %}

{% macro duckdb__epoch_microseconds(timestamp) %}epoch_us({{ timestamp }}){% endmacro %}
