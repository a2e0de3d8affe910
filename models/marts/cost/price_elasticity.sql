with costs as (
    select * from {{ ref('int_model_costs_weekly') }}
),

accounts as (
    select * from {{ ref('int_model_cost_accounts') }}
),

scopes as (
    {% for scope in ['all', 'open', 'closed'] -%}
        select '{{ scope }}' as scope
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

estimators as (
    select 'cross_section' as estimator
    union all
    select 'weekly_change' as estimator
),

populations as (
    select distinct population from costs
),

-- Every population with a priced model has all rows, empty where there is too little to estimate.
grid as (
    select
        populations.population,
        scopes.scope,
        estimators.estimator
    from populations
    cross join scopes
    cross join estimators
),

-- What is free, or has no tokens, has no place on a logarithmic axis.
models as (
    select
        population,
        model_id,
        max_by(weights_class, week_start) as weights_class,
        {{ sum_count('requests') }} as requests,
        {{ sum_count('tokens') }} as tokens,
        sum(spend_usd) as spend_usd
    from costs
    group by population, model_id
    having sum(spend_usd) > 0 and sum(tokens) > 0
),

scoped_models as (
    select
        models.*,
        scopes.scope
    from models
    inner join scopes on scopes.scope in ('all', models.weights_class)
),

cell_sizes as (
    select
        population,
        scope,
        {{ sum_count('requests') }} as requests
    from scoped_models
    group by population, scope
),

cell_accounts as (
    select
        scoped_models.population,
        scoped_models.scope,
        count(distinct accounts.account_id) as accounts
    from scoped_models
    inner join accounts
        on scoped_models.population = accounts.population
        and scoped_models.model_id = accounts.model_id
    group by scoped_models.population, scoped_models.scope
),

model_weeks as (
    select
        population,
        week_start,
        model_id,
        log10({{ usd_per_million('spend_usd', 'tokens') }}) as log_price,
        log10(cast(tokens as double)) as log_tokens
    from costs
    where spend_usd > 0 and tokens > 0
),

changes as (
    select
        scoped_models.population,
        scoped_models.scope,
        this_week.week_start,
        this_week.log_price - last_week.log_price as log_price_change,
        this_week.log_tokens - last_week.log_tokens as log_tokens_change,
        count(*) over (
            partition by
                scoped_models.population, scoped_models.scope, this_week.week_start
        ) as models_of_the_week
    from scoped_models
    inner join model_weeks as this_week
        on scoped_models.population = this_week.population
        and scoped_models.model_id = this_week.model_id
    inner join model_weeks as last_week
        on this_week.population = last_week.population
        and this_week.model_id = last_week.model_id
        and this_week.week_start
        = cast({{ dbt.dateadd('day', 7, 'last_week.week_start') }} as date)
),

observations as (
    select
        population,
        scope,
        'cross_section' as estimator,
        'window' as period,
        log10({{ usd_per_million('spend_usd', 'tokens') }}) as x,
        log10(cast(tokens as double)) as y
    from scoped_models
    union all
    select
        population,
        scope,
        'weekly_change' as estimator,
        cast(week_start as {{ dbt.type_string() }}) as period,
        log_price_change as x,
        log_tokens_change as y
    from changes
    where models_of_the_week > 1
),

{{ within_ols_ctes(keys=['population', 'scope', 'estimator']) }},

cells as (
    select
        grid.population,
        grid.scope,
        grid.estimator,
        coalesce(fitted.observations, 0) as observations,
        fitted.slope,
        case when grid.estimator = 'cross_section' then fitted.intercept end as intercept,
        fitted.standard_error,
        fitted.slope - {{ z_95() }} * fitted.standard_error as slope_low,
        fitted.slope + {{ z_95() }} * fitted.standard_error as slope_high,
        fitted.r_squared,
        -- Below -6,000, which no demand has, the power leaves the range of a double.
        case when fitted.slope > -6000 then power(0.9, fitted.slope) - 1 end
            as usage_change_for_10_percent_cheaper,
        {{ is_suppressed('cell_sizes.requests', 'cell_accounts.accounts') }} as is_suppressed
    from grid
    left join fitted
        on grid.population = fitted.population
        and grid.scope = fitted.scope
        and grid.estimator = fitted.estimator
    left join cell_sizes
        on grid.population = cell_sizes.population
        and grid.scope = cell_sizes.scope
    left join cell_accounts
        on grid.population = cell_accounts.population
        and grid.scope = cell_accounts.scope
),

final as (
    select
        population,
        scope,
        estimator,
        {{ unless_suppressed([
            'observations', 'slope', 'intercept', 'standard_error', 'slope_low', 'slope_high',
            'r_squared', 'usage_change_for_10_percent_cheaper',
        ]) }},
        is_suppressed
    from cells
)

select * from final
