with parsed as (
    select * from {{ ref('int_model_names_parsed') }}
    where not is_placeholder
),

spellings as (
    select * from {{ ref('stg_registry__author_spellings') }}
),

suffixes as (
    select
        suffix,
        coalesce(replacement, '') as replacement
    from {{ ref('stg_registry__name_suffixes') }}
),

-- A folder that spells an author differently is read as the author; none stands for any author.
authored as (
    select
        parsed.raw_model,
        parsed.folder,
        case
            when parsed.folder = '' then '*'
            else coalesce(spellings.author, parsed.folder)
        end as author,
        {{ regexp_replace_all('parsed.slug', ':latest$', '') }} as slug
    from parsed
    left join spellings on parsed.folder = spellings.spelling
),

-- claude-3-haiku-20240307-v1:0 without :0, as in amazon.nova-lite-v1:0
uncounted as (
    select
        *,
        {{ regexp_replace_all('slug', ':[0-9]+(:[0-9]+k)?$', '') }} as uncounted_slug
    from authored
),

-- ... and without -v1; claude-haiku-4-5@20251001 without its version
unversioned as (
    select
        *,
        {{ regexp_replace_all(
            'case when uncounted_slug <> slug then '
            ~ regexp_replace_all('uncounted_slug', '-v?[0-9]+$', '')
            ~ ' else ' ~ regexp_replace_all('uncounted_slug', '-v[0-9]+$', '') ~ ' end',
            '@[^/]*$', ''
        ) }} as unversioned_slug
    from uncounted
),

-- llama-3.3-70b-instruct-turbo is a host's name for the same weights
fitting_suffixes as (
    select
        unversioned.*,
        suffixes.suffix,
        suffixes.replacement,
        row_number() over (
            partition by unversioned.raw_model
            order by length(suffixes.suffix) desc nulls last, suffixes.suffix nulls last
        ) as fit
    from unversioned
    left join suffixes
        on right(unversioned.unversioned_slug, length(suffixes.suffix)) = suffixes.suffix
),

unhosted as (
    select
        *,
        case
            when suffix is null then unversioned_slug
            else left(unversioned_slug, length(unversioned_slug) - length(suffix)) || replacement
        end as unhosted_slug
    from fitting_suffixes
    where fit = 1
),

-- gpt-5-2025-08-07 and claude-opus-4-20250514; four digits (0324, 2507) name a version and stay
undated as (
    select
        *,
        {{ regexp_replace_all(
            'unhosted_slug', '-20[0-9][0-9](-[0-9][0-9]-[0-9][0-9]|[0-9][0-9][0-9][0-9])$', ''
        ) }} as undated_slug
    from unhosted
),

-- From the least altered to the plainest; the first form that a model bears counts.
forms as (
    {% for column, rule in [
        ('slug', 'slug'),
        ('uncounted_slug', 'version_suffix_stripped'),
        ('unversioned_slug', 'version_suffix_stripped'),
        ('unhosted_slug', 'hosting_suffix_stripped'),
        ('undated_slug', 'date_suffix_stripped'),
    ] %}
        select
            raw_model,
            {{ loop.index }} as form_rank,
            '{{ rule }}' as form_rule,
            folder,
            author,
            {{ column }} as slug
        from undated
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        raw_model,
        form_rank,
        form_rule,
        folder,
        author,
        slug,
        {{ model_key('slug') }} as slug_key
    from forms
)

select * from final
