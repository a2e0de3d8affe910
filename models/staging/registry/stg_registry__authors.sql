{% set attributes = ['author_name', 'country_code', 'origin'] %}

with authors as (
    select * from {{ ref('registry_authors') }}
),

overrides as (
    select * from {{ ref('stg_registry__overrides') }}
    where entity = 'author'
),

author_keys as (
    select author from authors
    union
    select overridden_key as author from overrides
),

completed as (
    select
        author_keys.author,
        coalesce(authors.author_name, author_keys.author) as author_name,
        authors.country_code,
        coalesce(authors.origin, 'unknown') as origin,
        coalesce(authors.source, 'registry_overrides') as source
    from author_keys
    left join authors on author_keys.author = authors.author
),

final as (
    select
        completed.author,
        {% for attribute in attributes -%}
            {{ override('completed', attribute) }} as {{ attribute }},
        {% endfor -%}
        completed.source
    from completed
    {{ override_joins('completed', 'author', attributes) }}
)

select * from final
