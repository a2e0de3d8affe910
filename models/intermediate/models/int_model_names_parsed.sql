{# How often a prefix is stripped: the deepest name seen has five (gateway, host, region,
   commitment, vendor). llm_usage/registry/names.py has the same number. #}
{% set rounds = 6 %}
{#- A cloud region, as in bedrock/us-east-1/<model>. -#}
{% set without_region = regexp_replace_all('stripped_name', '^[a-z]+(-[a-z]+)+-[0-9]+/', '') %}

with names as (
    select raw_model from {{ ref('int_model_names') }}
),

-- The rules are seeds without overrides: a person edits them where they are.
prefixes as (
    select
        prefix,
        coalesce(replacement, '') as replacement,
        provider
    from {{ ref('stg_registry__name_prefixes') }}
),

variants as (
    select * from {{ ref('stg_registry__name_variants') }}
),

-- Behind = in the seed, since a seed loader reads a bare null as missing.
placeholders as (
    select
        applies_to,
        substring(placeholder, 2) as placeholder
    from {{ ref('stg_registry__name_placeholders') }}
),

-- No known name has 300 characters; the cut keeps hostile ones cheap.
lowered as (
    select
        raw_model,
        trim(
            translate(
                lower(left(raw_model, 300)), chr(9) || chr(10) || chr(13), '   '
            )
        ) as logged_name
    from names
),

placeholder_names as (
    select distinct lowered.raw_model
    from lowered
    inner join placeholders
        on placeholders.placeholder = case
            when placeholders.applies_to = 'whole name' then lowered.logged_name
            else split_part(lowered.logged_name, '/', -1)
        end
),

stripped_0 as (
    select
        raw_model,
        logged_name,
        logged_name as stripped_name,
        cast(null as {{ dbt.type_string() }}) as provider_hint
    from lowered
),

{% for round in range(1, rounds + 1) %}
    -- The longest prefix that fits. openrouter/auto is OpenRouter's own model, so openrouter/ is a
    -- prefix only before another folder.
    fitting_{{ round }} as (
        select
            stripped_{{ round - 1 }}.*,
            prefixes.prefix,
            prefixes.replacement,
            prefixes.provider,
            row_number() over (
                partition by stripped_{{ round - 1 }}.raw_model
                order by length(prefixes.prefix) desc nulls last
            ) as fit
        from stripped_{{ round - 1 }}
        left join prefixes
            on left(stripped_{{ round - 1 }}.stripped_name, 2) = left(prefixes.prefix, 2)
            and left(
                stripped_{{ round - 1 }}.stripped_name, length(prefixes.prefix)
            ) = prefixes.prefix
            and (
                prefixes.prefix <> 'openrouter/'
                or split_part(stripped_{{ round - 1 }}.stripped_name, '/', 3) <> ''
            )
    ),

    stripped_{{ round }} as (
        select
            raw_model,
            logged_name,
            case
                when prefix is not null
                    then replacement || substring(stripped_name, length(prefix) + 1)
                else {{ without_region }}
            end as stripped_name,
            coalesce(
                provider_hint,
                provider,
                case
                    when prefix is null and {{ without_region }} <> stripped_name
                        then 'amazon_bedrock'
                end
            ) as provider_hint
        from fitting_{{ round }}
        where fit = 1
    ),
{% endfor %}

parts as (
    select
        raw_model,
        logged_name,
        stripped_name,
        provider_hint,
        split_part(stripped_name, '/', -1) as slug,
        case
            when stripped_name like '%/%' then split_part(stripped_name, '/', -2) else ''
        end as folder
    from stripped_{{ rounds }}
),

tails as (
    select
        *,
        case when slug like '_%:%' then split_part(slug, ':', -1) end as tail
    from parts
),

final as (
    select
        tails.raw_model,
        tails.logged_name,
        placeholder_names.raw_model is not null or tails.stripped_name = '' as is_placeholder,
        case
            when variants.variant is null then tails.stripped_name
            else left(
                tails.stripped_name, length(tails.stripped_name) - length(variants.variant) - 1
            )
        end as stripped_name,
        tails.folder,
        case
            when variants.variant is null then tails.slug
            else left(tails.slug, length(tails.slug) - length(variants.variant) - 1)
        end as slug,
        variants.variant,
        tails.provider_hint
    from tails
    left join variants on tails.tail = variants.variant
    left join placeholder_names on tails.raw_model = placeholder_names.raw_model
)

select * from final
