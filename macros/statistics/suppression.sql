{#- Whether a cell is too small to be shown. Published totals without a request count are not the
    operator's accounts and never suppressed. -#}
{% macro is_suppressed(requests, accounts) -%}
coalesce({{ requests }} < {{ var('min_cell_requests') }}, false)
{%- if var('min_cell_accounts') > 1 %}
    or ({{ requests }} is not null and coalesce({{ accounts }}, 0) < {{ var('min_cell_accounts') }})
{%- endif -%}
{%- endmacro %}

{#- Measures of a cell, null where the cell is suppressed. -#}
{% macro unless_suppressed(measures) -%}
{%- for measure in measures %}
case when is_suppressed then null else {{ measure }} end as {{ measure }}{{ ',' if not loop.last }}
{%- endfor -%}
{%- endmacro %}
