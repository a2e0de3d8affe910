{#- A 64-bit hash of a request's identity, the engine's fastest: good within one build, and never
    stored beyond it. -#}
{% macro id_hash() %}{{ adapter.dispatch('id_hash')() }}{% endmacro %}

{% macro default__id_hash() %}xxhash64(gateway, request_id){% endmacro %}

{% macro duckdb__id_hash() %}hash(gateway, request_id){% endmacro %}
