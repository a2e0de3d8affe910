{#- Size tier of a model from its total parameters in billions, as the study draws the lines:
    small under 15, medium 15 to under 70, large 70 and over. -#}
{% macro size_tier(parameters_total_b) -%}
case
    when {{ parameters_total_b }} < 15 then 'small'
    when {{ parameters_total_b }} < 70 then 'medium'
    when {{ parameters_total_b }} >= 70 then 'large'
    else 'unknown'
end
{%- endmacro %}
