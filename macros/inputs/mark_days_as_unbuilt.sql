{#- A hook of the models that say which days to build: until the build has ended (int_built_days is
    written anew) those days count as built from something else. So the next build takes them up
    again after this one was killed, even where the input has changed back meanwhile. -#}
{% macro mark_days_as_unbuilt(days) %}
    {%- set built = previous_build('int_built_days', 'intermediate') -%}
    {%- if built is not none -%}
        insert into {{ built }} (fingerprint, usage_date)
        select distinct 'being built', usage_date from {{ days }}
    {%- endif -%}
{% endmacro %}
