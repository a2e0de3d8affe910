{#- USD of the tokens of a row at its price columns (USD per million). Null where the book lacks the
    prompt's or the completion's price, whatever the tokens: so a sum of rows has a price where,
    and only where, each of them has one. A part without a price of its own is charged as what it is
    part of. -#}
{% macro list_usd(cached, cache_write, reasoning) -%}
(
    cast(prompt_tokens - {{ cached }} - {{ cache_write }} as double) * prompt_usd_per_million
    + cast({{ cached }} as double)
    * coalesce(cached_prompt_usd_per_million, prompt_usd_per_million)
    + cast({{ cache_write }} as double)
    * coalesce(cache_write_usd_per_million, prompt_usd_per_million)
    + cast(completion_tokens - {{ reasoning }} as double) * completion_usd_per_million
    + cast({{ reasoning }} as double)
    * coalesce(reasoning_usd_per_million, completion_usd_per_million)
) / 1000000
{%- endmacro %}
