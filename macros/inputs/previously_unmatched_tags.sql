{#- What the last build left of int_unmatched_tags, or none. A macro of its own, so that a unit test
    can give a model two pasts. -#}
{% macro previously_unmatched_tags() %}
    {{- return(previous_build('int_unmatched_tags', 'intermediate')) -}}
{% endmacro %}
