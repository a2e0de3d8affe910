{#- USD of the tokens of a row at its price columns (USD per million); null where the book lacks a
    price for tokens that the row has. A kind without a price of its own is charged as what it is
    part of. -#}
{% macro list_usd(cached, cache_write, reasoning) -%}
(
    case
        when prompt_tokens = 0 then 0
        else cast(prompt_tokens - {{ cached }} - {{ cache_write }} as double)
            * prompt_usd_per_million
            + cast({{ cached }} as double)
            * coalesce(cached_prompt_usd_per_million, prompt_usd_per_million)
            + cast({{ cache_write }} as double)
            * coalesce(cache_write_usd_per_million, prompt_usd_per_million)
    end
    + case
        when completion_tokens = 0 then 0
        else cast(completion_tokens - {{ reasoning }} as double)
            * completion_usd_per_million
            + cast({{ reasoning }} as double)
            * coalesce(reasoning_usd_per_million, completion_usd_per_million)
    end
) / 1000000
{%- endmacro %}
