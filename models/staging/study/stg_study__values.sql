with published as (
    select * from {{ ref('study_values') }}
),

-- A relative tolerance is one of the published value. Open ends stay null.
ranged as (
    select
        *,
        coalesce(tolerance, tolerance_relative * abs(published_value), 0) as absolute_tolerance,
        case comparison
            when 'equal' then published_value
            when 'between' then published_low
            when 'at_least' then published_value
            when 'above' then published_value
        end as low,
        case comparison
            when 'equal' then published_value
            when 'between' then published_high
            when 'at_most' then published_value
            when 'below' then published_value
        end as high
    from published
),

final as (
    select
        finding_id,
        part_number,
        part,
        is_headline,
        comparison <> 'reported' as is_judged,
        unit,
        comparison,
        published_value,
        published_low,
        published_high,
        published_word,
        case
            when allowed_low is null and allowed_high is null then absolute_tolerance
        end as tolerance,
        coalesce(allowed_low, low - absolute_tolerance) as allowed_low,
        coalesce(allowed_high, high + absolute_tolerance) as allowed_high,
        category,
        subject_kind,
        subject,
        window_from,
        window_to,
        other_published_value,
        other_source,
        followed,
        source
    from ranged
)

select * from final
