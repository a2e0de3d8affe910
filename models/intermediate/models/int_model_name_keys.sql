with models as (
    select * from {{ ref('stg_registry__models') }}
),

aliases as (
    select * from {{ ref('stg_registry__model_aliases') }}
    where applies_to = 'slug'
),

spellings as (
    select * from {{ ref('stg_registry__author_spellings') }}
),

model_slugs as (
    select
        coalesce(spellings.author, split_part(models.model_id, '/', 1)) as author,
        {{ model_key("split_part(models.model_id, '/', -1)") }} as slug_key,
        models.model_id
    from models
    left join spellings on split_part(models.model_id, '/', 1) = spellings.spelling
),

-- Two models of one key: the key finds neither, only a full id does.
counted_slugs as (
    select
        author,
        slug_key,
        model_id,
        count(*) over (partition by author, slug_key) > 1 as is_ambiguous
    from model_slugs
),

alias_keys as (
    select distinct
        author,
        alias as slug_key
    from aliases
),

-- An alias goes before a slug of the same spelling: it is there because the name means more than
-- the slug says (deepseek-chat, which moved from model to model).
authored as (
    select
        author,
        alias as slug_key,
        model_id,
        valid_from,
        valid_to,
        true as is_alias,
        false as is_ambiguous,
        count(*) over (partition by author, alias) > 1 as is_dated
    from aliases
    union all
    select
        counted_slugs.author,
        counted_slugs.slug_key,
        counted_slugs.model_id,
        cast('1970-01-01' as date) as valid_from,
        cast('9999-12-31' as date) as valid_to,
        false as is_alias,
        counted_slugs.is_ambiguous,
        false as is_dated
    from counted_slugs
    left join alias_keys
        on counted_slugs.author = alias_keys.author
        and counted_slugs.slug_key = alias_keys.slug_key
    where alias_keys.slug_key is null
),

-- Keys that one author alone bears stand without their author as well. ~author/latest does not.
owners as (
    select
        slug_key,
        count(distinct author) as author_count
    from authored
    where author not like '~%'
    group by slug_key
),

final as (
    select * from authored
    union all
    select
        '*' as author,
        authored.slug_key,
        authored.model_id,
        authored.valid_from,
        authored.valid_to,
        authored.is_alias,
        authored.is_ambiguous,
        authored.is_dated
    from authored
    inner join owners on authored.slug_key = owners.slug_key
    where owners.author_count = 1 and authored.author not like '~%'
)

select * from final
