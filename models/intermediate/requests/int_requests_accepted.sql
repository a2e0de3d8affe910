with requests as (
    select * from {{ ref('int_requests_validated') }}
),

duplicates as (
    select * from {{ ref('int_request_duplicates') }}
),

final as (
    select *
    from requests
    where
        not requests.is_rejected
        and not exists (
            select 1
            from duplicates
            where
                duplicates.source_row = requests.source_row
                and duplicates.read_file = requests.read_file
        )
)

select * from final
