{#- dbt-spark's own forms raise an error at a null, go through seconds since 1970 and take ten times
    as long. Ours add to dates, which is all that the models do. -#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
{%- if datepart == 'day' -%}
date_add(cast({{ from_date_or_timestamp }} as date), cast({{ interval }} as int))
{%- elif datepart == 'month' -%}
add_months(cast({{ from_date_or_timestamp }} as date), cast({{ interval }} as int))
{%- else -%}
{%- do exceptions.raise_compiler_error('dateadd: on Spark by day and month only') -%}
{%- endif -%}
{%- endmacro %}

{#- Boundaries between two dates, as DuckDB counts them. -#}
{% macro spark__datediff(first_date, second_date, datepart) -%}
{%- if datepart == 'day' -%}
datediff({{ second_date }}, {{ first_date }})
{%- elif datepart == 'month' -%}
(
    12 * (year({{ second_date }}) - year({{ first_date }}))
    + month({{ second_date }}) - month({{ first_date }})
)
{%- else -%}
{%- do exceptions.raise_compiler_error('datediff: on Spark by day and month only') -%}
{%- endif -%}
{%- endmacro %}

{#- dbt's own is a join of a power of two. -#}
{% macro spark__generate_series(upper_bound) -%}
select explode(sequence(1, {{ upper_bound }})) as generated_number
{%- endmacro %}
