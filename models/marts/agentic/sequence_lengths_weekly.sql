{%- set measures = [] -%}
{%- for kind in length_kinds() -%}
    {%- do measures.append(kind ~ '_mean') -%}
    {%- for percentile in length_percentiles() -%}
        {%- do measures.append(kind ~ '_p' ~ percentile) -%}
    {%- endfor -%}
{%- endfor -%}

-- `all` is over every request, a category over those of the classified sample that have it.
with all_lengths as (
    select
        *,
        'all' as scope
    from {{ ref('int_sequence_lengths_weekly') }}
),

classified as (
    select
        *,
        category as scope
    from {{ ref('int_classified_usage') }}
),

account_models as (
    select * from {{ ref('int_account_models_weekly') }}
),

windows as (
    select * from {{ ref('int_usage_windows') }}
),

{{ sequence_length_ctes('classified', ['population', 'week_start', 'scope']) }},

cell_accounts as (
    select
        population,
        week_start,
        'all' as scope,
        count(distinct account_id) as accounts
    from account_models
    group by population, week_start
    union all
    select
        population,
        week_start,
        scope,
        count(distinct account_id) as accounts
    from classified
    group by population, week_start, scope
),

scoped as (
    {% for relation in ['all_lengths', 'lengths'] -%}
        select
            population,
            week_start,
            scope,
            requests,
            {% for kind in length_kinds() -%}
                cast({{ kind }} as double) / requests as {{ kind }}_mean,
                {% for percentile in length_percentiles() -%}
                    {{ kind }}_p{{ percentile }}{{ ',' if not loop.last }}
                {% endfor %}
                {{- ',' if not loop.last }}
            {% endfor %}
        from {{ relation }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

cells as (
    select
        scoped.*,
        {{ is_suppressed('scoped.requests', 'cell_accounts.accounts') }} as is_suppressed
    from scoped
    left join cell_accounts
        on scoped.population = cell_accounts.population
        and scoped.week_start = cell_accounts.week_start
        and scoped.scope = cell_accounts.scope
),

final as (
    select
        cells.population,
        cells.week_start,
        {{ is_partial_week('cells.week_start', 'windows.last_logged_date') }} as is_partial,
        cells.scope,
        {{ unless_suppressed(['requests'] + measures) }},
        cells.is_suppressed
    from cells
    inner join windows on cells.population = windows.population
)

select * from final
