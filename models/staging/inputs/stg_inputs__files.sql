with input_files as (
    select * from {{ source('inputs', 'input_files') }}
),

final as (
    select
        population,
        gateway,
        source_file,
        read_file,
        is_daily,
        delivered_on,
        fingerprint
    from input_files
)

select * from final
