{#- Whether a cell is too small to be shown. A cell that holds published totals only has no request
    count and is never suppressed: nobody's accounts are in it. Accounts are counted where the
    variable asks for more than one (int_account_days). -#}
{% macro is_suppressed(requests, accounts) -%}
{%- set min_accounts = var('min_cell_accounts') -%}
(
    {{ requests }} is not null
    and (
        {{ requests }} < {{ var('min_cell_requests') }}
        or ({{ min_accounts }} > 1 and coalesce({{ accounts }}, 0) < {{ min_accounts }})
    )
)
{%- endmacro %}

{#- Measures of a cell, null where the cell is suppressed. -#}
{% macro unless_suppressed(measures) -%}
{%- for measure in measures %}
case when is_suppressed then null else {{ measure }} end as {{ measure }}{{ ',' if not loop.last }}
{%- endfor -%}
{%- endmacro %}
