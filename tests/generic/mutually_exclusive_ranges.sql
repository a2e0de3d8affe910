{#- Half-open ranges [lower, upper) that do not overlap within a partition; a null upper bound is
    open. -#}
{% test mutually_exclusive_ranges(model, lower_bound_column, upper_bound_column, partition_by) %}
with ranges as (
    select
        {{ partition_by }},
        {{ lower_bound_column }} as lower_bound,
        {{ upper_bound_column }} as upper_bound,
        lead({{ lower_bound_column }}) over (
            partition by {{ partition_by }} order by {{ lower_bound_column }} asc nulls last
        ) as next_lower_bound
    from {{ model }}
)

select *
from ranges
where
    lower_bound is null
    or lower_bound >= upper_bound
    or (next_lower_bound is not null and (upper_bound <= next_lower_bound) is not true)
{% endtest %}
