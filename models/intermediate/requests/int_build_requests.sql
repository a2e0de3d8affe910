with records as (
    select * from {{ ref('int_build_records') }}
    where not is_rejected
),

duplicates as (
    select * from {{ ref('int_request_duplicates') }}
),

-- A record has its place in a file only where its id is repeated: the others are matched with
-- nothing, at no cost.
final as (
    select
        {% for column in build_request_columns() -%}
            records.{{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from records
    left join duplicates
        on records.source_row = duplicates.source_row
        and records.read_file = duplicates.read_file
        and records.gateway = duplicates.gateway
    where duplicates.source_row is null
)

select * from final
