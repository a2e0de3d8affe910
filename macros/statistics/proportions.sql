{#- The z of all intervals and tests: 95 % of a normal distribution. -#}
{% macro z_95() %}cast(1.96 as double){% endmacro %}

{#- Ends of Wilson's interval of a proportion, from counts:
    (x + z²/2 ± z · sqrt(x (n − x) / n + z²/4)) / (n + z²), which is 0 below where x is 0 and 1
    above where x is n, to the digit. Null without trials. -#}
{% macro wilson_low(successes, trials) -%}
case
    when {{ trials }} > 0 and {{ successes }} = 0 then 0
    else
        ({{ wilson_middle(successes) }} - {{ wilson_reach(successes, trials) }})
        / {{ wilson_weight(trials) }}
end
{%- endmacro %}

{% macro wilson_high(successes, trials) -%}
case
    when {{ trials }} > 0 and {{ successes }} = {{ trials }} then 1
    else
        ({{ wilson_middle(successes) }} + {{ wilson_reach(successes, trials) }})
        / {{ wilson_weight(trials) }}
end
{%- endmacro %}

{% macro wilson_middle(successes) -%}
cast({{ successes }} as double) + {{ z_95() }} * {{ z_95() }} / 2
{%- endmacro %}

{% macro wilson_reach(successes, trials) -%}
{{ z_95() }} * sqrt(
    cast({{ successes }} as double) * ({{ trials }} - {{ successes }}) / nullif({{ trials }}, 0)
    + {{ z_95() }} * {{ z_95() }} / 4
)
{%- endmacro %}

{% macro wilson_weight(trials) -%}
(nullif(cast({{ trials }} as double), 0) + {{ z_95() }} * {{ z_95() }})
{%- endmacro %}

{#- z of two proportions with pooled variance, above 0 where the second is the larger:
    (x₂/n₂ − x₁/n₁) / sqrt(p (1 − p) (1/n₁ + 1/n₂)), p = (x₁ + x₂) / (n₁ + n₂). Null where all or
    none succeed: then there is nothing to tell apart. -#}
{% macro two_proportion_z(successes_1, trials_1, successes_2, trials_2) -%}
{%- set pooled = '(cast(' ~ successes_1 ~ ' + ' ~ successes_2 ~ ' as double) / nullif('
    ~ trials_1 ~ ' + ' ~ trials_2 ~ ', 0))' -%}
(
    cast({{ successes_2 }} as double) / nullif({{ trials_2 }}, 0)
    - cast({{ successes_1 }} as double) / nullif({{ trials_1 }}, 0)
) / nullif(sqrt(
    {{ pooled }} * (1 - {{ pooled }}) * (
        cast(1 as double) / nullif({{ trials_1 }}, 0)
        + cast(1 as double) / nullif({{ trials_2 }}, 0)
    )
), 0)
{%- endmacro %}
