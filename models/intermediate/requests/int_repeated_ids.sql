{{ config(materialized='table') }}

-- depends_on: {{ ref('int_changed_days') }}
-- depends_on: {{ ref('int_contended_days') }}
-- depends_on: {{ ref('int_input_days') }}

{%- set previous = previous_build('int_request_duplicates', 'intermediate') %}

-- Valid or not: who is the better one is judged where all of the record is at hand. Hashes of the
-- engine's own make the one pass over all ids half as dear; two ids of one hash are noted for
-- nothing.
with {{ id_ctes('int_contended_days') }},

{% if previous is not none %}
    changed_files as (
        select distinct input_days.read_file
        from {{ ref('int_input_days') }} as input_days
        inner join {{ ref('int_contended_days') }} as contended_days
            on input_days.usage_date = contended_days.usage_date
        where contended_days.is_changed
    ),
{% endif %}

final as (
    {% for ids in ['logged', 'unnamed'] -%}
        select id_hash
        from {{ ids }}
        {% if previous is not none -%}
            -- What has no record in anything that changed has been judged already.
            where id_hash in (
                select records.id_hash
                from {{ ids }} as records
                where records.read_file in (select changed_files.read_file from changed_files)
            )
        {%- endif %}
        group by id_hash
        having count(*) > 1
        union
    {% endfor -%}
    -- Those whose better record may be gone.
    {% if previous is none -%}
        select id_hash from logged
        where false
    {%- else -%}
        select {{ id_hash() }} as id_hash
        from {{ previous }}
        where better_usage_date in (select usage_date from {{ ref('int_changed_days') }})
    {%- endif %}
)

select * from final
