-- How concentrated is use, and is it becoming less so? By month: the mean over its whole weeks.
select
    population,
    scope,
    cast(date_trunc('month', week_start) as date) as month_start,
    count(*) as weeks,
    round(avg(top1_share), 3) as top1_share,
    round(avg(top3_share), 3) as top3_share,
    round(avg(effective_models), 1) as effective_models
from {{ ref('concentration_weekly') }}
where not is_partial
group by population, scope, cast(date_trunc('month', week_start) as date)
order by population asc, scope asc, month_start asc
