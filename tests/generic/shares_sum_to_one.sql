{#- Shares of one parent sum to 1 within 1e-9 (the promise of the interface), unless all of them
    are null or one is suppressed. -#}
{% test shares_sum_to_one(model, shares, within) %}
{% for share in shares -%}
    select
        {{ within | join(', ') }},
        '{{ share }}' as share_name,
        sum({{ share }}) as share_sum
    from {{ model }}
    group by {{ within | join(', ') }}
    having
        abs(sum({{ share }}) - 1) > 1e-9
        and not bool_or(is_suppressed)
    {{ 'union all' if not loop.last }}
{% endfor %}
{% endtest %}
