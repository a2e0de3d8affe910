-- In which languages? The six with the most tokens, and what the others share.
with languages as (
    select
        population,
        case when rank <= 6 then language_name else 'all others' end as language_name,
        case when rank <= 6 then rank else 7 end as place,
        token_share,
        request_share
    from {{ ref('language_totals') }}
)

select
    population,
    place,
    language_name,
    round(sum(token_share), 4) as token_share,
    round(sum(request_share), 4) as request_share
from languages
group by population, place, language_name
order by population asc, place asc, language_name asc
