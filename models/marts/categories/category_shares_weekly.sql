with classified as (
    select * from {{ ref('int_classified_usage') }}
    where category <> 'other'
),

windows as (
    select * from {{ ref('int_usage_windows') }}
),

usage as (
    {% for scope, condition in {
        'all': 'true',
        'open': "weights_class = 'open'",
        'open_china': "weights_class = 'open' and origin = 'china'",
        'open_rest_of_world': "weights_class = 'open' and origin = 'rest_of_world'",
        'closed': "weights_class = 'closed'",
    }.items() -%}
        select
            *,
            '{{ scope }}' as scope
        from classified
        where {{ condition }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

{{ sampled_share_ctes(
    keys=['week_start', 'scope', 'category'], within=['week_start', 'scope']
) }},

final as (
    select
        cells.population,
        cells.week_start,
        {{ is_partial_week('cells.week_start', 'windows.last_date') }} as is_partial,
        cells.scope,
        cells.category,
        {{ unless_suppressed([
            'sampled_requests', 'tokens', 'spend_usd', 'token_share', 'token_share_low',
            'token_share_high', 'request_share', 'spend_share',
        ]) }},
        cells.is_suppressed
    from cells
    inner join windows on cells.population = windows.population
)

select * from final
