{#- The key of a table: its parts are never null and together unique. Parts named in
    `nullable_columns` may be null, and null equals null. -#}
{% test unique_combination_of_columns(model, columns, nullable_columns=[]) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns if column not in nullable_columns %}
        or {{ column }} is null
    {%- endfor %}
{% endtest %}
