with providers as (
    select * from {{ ref('registry_providers') }}
),

final as (
    select
        provider,
        provider_name,
        country_code,
        source
    from providers
)

select * from final
