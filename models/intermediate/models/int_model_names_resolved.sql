{{ config(materialized='table') }}

with parsed as (
    select * from {{ ref('int_model_names_parsed') }}
),

forms as (
    select * from {{ ref('int_model_name_forms') }}
),

name_keys as (
    select * from {{ ref('int_model_name_keys') }}
),

whole_names as (
    select * from {{ ref('stg_registry__model_aliases') }}
    where applies_to in ('whole name', 'override')
),

-- An operator's own alias goes before everything, be it of the name as logged or as stripped.
override_matches as (
    select
        parsed.raw_model,
        case when whole_names.alias = parsed.logged_name then -2 else -1 end as match_rank,
        'override_alias' as resolution_rule,
        whole_names.model_id,
        whole_names.valid_from,
        whole_names.valid_to
    from parsed
    inner join whole_names
        on (parsed.logged_name = whole_names.alias or parsed.stripped_name = whole_names.alias)
        and whole_names.applies_to = 'override'
),

-- Names that mean something else with their prefix than without.
whole_name_matches as (
    select
        parsed.raw_model,
        0 as match_rank,
        'whole_name_alias' as resolution_rule,
        whole_names.model_id,
        whole_names.valid_from,
        whole_names.valid_to
    from parsed
    inner join whole_names
        on parsed.logged_name = whole_names.alias and whole_names.applies_to = 'whole name'
),

form_matches as (
    select
        forms.raw_model,
        forms.form_rank as match_rank,
        case
            when name_keys.is_dated then 'dated_alias'
            when forms.form_rule <> 'slug' then forms.form_rule
            when name_keys.is_alias then 'alias'
            when forms.folder || '/' || forms.slug = name_keys.model_id then 'exact_slug'
            when forms.folder = '' then 'bare_slug'
            else 'author_and_slug'
        end as resolution_rule,
        name_keys.model_id,
        name_keys.valid_from,
        name_keys.valid_to
    from forms
    inner join name_keys
        on forms.author = name_keys.author
        and forms.slug_key = name_keys.slug_key
        and (
            not name_keys.is_ambiguous
            or forms.folder || '/' || forms.slug = name_keys.model_id
        )
),

matches as (
    select * from override_matches
    union all
    select * from whole_name_matches
    union all
    select * from form_matches
),

-- The most trusted match, with all the days of its name.
ranked as (
    select
        *,
        min(match_rank) over (partition by raw_model) as best_rank
    from matches
),

matched as (
    select
        raw_model,
        resolution_rule,
        model_id,
        valid_from,
        valid_to
    from ranked
    where match_rank = best_rank
),

-- A placeholder has no forms, so that only an operator's own alias gives it a model.
final as (
    select
        parsed.raw_model,
        coalesce(matched.valid_from, cast('1970-01-01' as date)) as valid_from,
        coalesce(matched.valid_to, cast('9999-12-31' as date)) as valid_to,
        case
            when matched.model_id is not null then matched.model_id
            when parsed.is_placeholder then 'unknown'
            -- The pooled row of OpenRouter's rankings: no model, and not an unknown one either.
            when parsed.logged_name = 'other' then 'other'
            else 'unknown/' || left({{ regexp_replace_all(
                'parsed.stripped_name', '[^a-z0-9./:_-]+', '-'
            ) }}, 120)
        end as model_id,
        parsed.variant,
        parsed.provider_hint,
        case
            when matched.model_id is not null then matched.resolution_rule
            when parsed.is_placeholder then 'placeholder'
            when parsed.logged_name = 'other' then 'pooled'
            else 'unknown'
        end as resolution_rule,
        matched.model_id is not null as is_known
    from parsed
    left join matched on parsed.raw_model = matched.raw_model
)

select * from final
