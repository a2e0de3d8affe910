with usage as (
    select
        *,
        {{ week_start('usage_date') }} as week_start
    from {{ ref('fct_usage_daily') }}
),

windows as (
    select * from {{ ref('int_usage_windows') }}
),

account_models as (
    select * from {{ ref('int_account_models_weekly') }}
),

scoped as (
    select
        *,
        'all' as scope
    from usage
    union all
    select
        *,
        'open' as scope
    from usage
    where weights_class = 'open'
),

scoped_accounts as (
    select
        population,
        week_start,
        'all' as scope,
        account_id
    from account_models
    union all
    select
        population,
        week_start,
        'open' as scope,
        account_id
    from account_models
    where weights_class = 'open'
),

cell_accounts as (
    select
        population,
        week_start,
        scope,
        count(distinct account_id) as accounts
    from scoped_accounts
    group by population, week_start, scope
),

model_tokens as (
    select
        population,
        week_start,
        scope,
        model_id,
        {{ sum_count('requests') }} as requests,
        {{ sum_count('tokens') }} as tokens
    from scoped
    group by population, week_start, scope, model_id
),

model_shares as (
    select
        *,
        {{ share('tokens', 'population, week_start, scope') }} as token_share
    from model_tokens
),

-- Names that could not be read (`unknown`) and the pool of a published table (`other`) are in
-- every denominator, but they are many models, not one.
placed as (
    select
        *,
        model_id in ('unknown', 'other') as is_pool,
        row_number() over (
            partition by population, week_start, scope
            order by
                case when model_id in ('unknown', 'other') then 1 else 0 end,
                token_share desc nulls last,
                model_id asc
        ) as place
    from model_shares
),

measured as (
    select
        population,
        week_start,
        scope,
        {{ sum_count('requests') }} as requests,
        {{ sum_count('tokens') }} as tokens,
        {{ sum_exact('case when place = 1 and not is_pool then token_share end') }} as top1_share,
        {{ sum_exact('case when place <= 3 and not is_pool then token_share end') }} as top3_share,
        {{ sum_exact('case when not is_pool then token_share * token_share end') }} as hhi,
        {{ sum_count('case when token_share >= 0.05 and not is_pool then 1 else 0 end') }}
            as models_over_5_percent
    from placed
    group by population, week_start, scope
),

cells as (
    select
        measured.population,
        measured.week_start,
        measured.scope,
        measured.requests,
        measured.tokens,
        measured.top1_share,
        measured.top3_share,
        measured.hhi,
        1 / nullif(measured.hhi, 0) as effective_models,
        measured.models_over_5_percent,
        {{ is_suppressed('measured.requests', 'cell_accounts.accounts') }} as is_suppressed
    from measured
    left join cell_accounts
        on measured.population = cell_accounts.population
        and measured.week_start = cell_accounts.week_start
        and measured.scope = cell_accounts.scope
),

final as (
    select
        cells.population,
        cells.week_start,
        {{ is_partial_week('cells.week_start', 'windows.last_date') }} as is_partial,
        cells.scope,
        {{ unless_suppressed([
            'requests', 'tokens', 'top1_share', 'top3_share', 'hhi', 'effective_models',
            'models_over_5_percent',
        ]) }},
        cells.is_suppressed
    from cells
    inner join windows on cells.population = windows.population
)

select * from final
