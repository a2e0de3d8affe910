-- Every row of a seed file must arrive in its table: loaders have dropped first rows and read codes
-- as missing. Floors are a little under the counts of August 2026; a refresh only adds.
{% set floors = {
    'registry_models': 1100, 'registry_model_weights': 1100, 'registry_authors': 170,
    'registry_providers': 120, 'registry_provider_aliases': 300, 'registry_prices': 2200,
    'registry_model_aliases': 900, 'registry_name_prefixes': 170, 'registry_author_spellings': 100,
    'registry_name_placeholders': 23, 'registry_name_variants': 10,
} %}

with counted as (
    {% for seed, minimum in floors.items() %}
        select
            '{{ seed }}' as seed,
            {{ minimum }} as minimum,
            count(*) as row_count
        from {{ ref(seed) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
    union all
    -- Text models alone: the catalogue holds embeddings, images, audio and video too.
    select
        'registry_models: text' as seed,
        700 as minimum,
        count(*) as row_count
    from {{ ref('registry_models') }}
    where modality = 'text'
)

select * from counted
where row_count < minimum
