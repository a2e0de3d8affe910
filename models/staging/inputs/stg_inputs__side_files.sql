with side_input_files as (
    select * from {{ source('inputs', 'side_input_files') }}
),

final as (
    select
        side_input,
        gateway,
        source_file,
        read_file
    from side_input_files
)

select * from final
