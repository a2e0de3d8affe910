{#- A flag of a log: null where it is missing or unreadable. One comparison a text, no list: DuckDB
    makes a join of a list of six, and a join is computed even where nobody reads the column. -#}
{% macro to_boolean(column) %}
case
    when {{ is_boolean(column) }} then try_cast({{ column }} as boolean)
    else case lower(trim(cast({{ column }} as {{ dbt.type_string() }})))
        {% for text in ['true', 't', 'yes', 'y', '1', '1.0'] -%}
            when '{{ text }}' then true
        {% endfor -%}
        {% for text in ['false', 'f', 'no', 'n', '0', '0.0'] -%}
            when '{{ text }}' then false
        {% endfor -%}
    end
end
{%- endmacro %}
