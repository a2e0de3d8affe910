{#- The parts of a request's tokens, each cut to what is left of its whole: uncached + cached =
    prompt (what is written to the cache is uncached, at a price of its own), visible + reasoning =
    completion. -#}
{% macro cached_part() -%}
least(coalesce(cached_tokens, 0), prompt_tokens)
{%- endmacro %}

{% macro cache_write_part() -%}
least(coalesce(cache_write_tokens, 0), prompt_tokens - {{ cached_part() }})
{%- endmacro %}

{% macro reasoning_part() -%}
least(coalesce(reasoning_tokens, 0), completion_tokens)
{%- endmacro %}
