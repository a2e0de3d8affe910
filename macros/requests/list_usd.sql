{#- The kinds of a row's tokens that have a price of their own: name, tokens, USD per million. They
    are disjoint, and together the prompt and completion tokens: what is written to a cache is not
    in the uncached prompt here. A kind without a price is charged as what it is part of. -#}
{% macro priced_token_kinds(cached, cache_write, reasoning) %}
    {{- return([
        ['uncached_prompt', 'prompt_tokens - ' ~ cached ~ ' - ' ~ cache_write,
            'prompt_usd_per_million'],
        ['cached_prompt', cached,
            'coalesce(cached_prompt_usd_per_million, prompt_usd_per_million)'],
        ['cache_write', cache_write,
            'coalesce(cache_write_usd_per_million, prompt_usd_per_million)'],
        ['visible_completion', 'completion_tokens - ' ~ reasoning, 'completion_usd_per_million'],
        ['reasoning', reasoning,
            'coalesce(reasoning_usd_per_million, completion_usd_per_million)'],
    ]) -}}
{% endmacro %}

{#- USD of the tokens of a row at its price columns (USD per million). Null where the book lacks the
    prompt's or the completion's price, whatever the tokens: so a sum of rows has a price where,
    and only where, each of them has one. -#}
{% macro list_usd(cached, cache_write, reasoning) -%}
(
    {% for kind, tokens, price in priced_token_kinds(cached, cache_write, reasoning) -%}
    {{ '+ ' if not loop.first }}cast({{ tokens }} as double) * {{ price }}
    {% endfor -%}
) / 1000000
{%- endmacro %}
