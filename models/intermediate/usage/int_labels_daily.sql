{{ config(materialized='table') }}

-- All that the registry says of a name on a day, looked up once: whoever reads requests or usage
-- joins this on name, provider and day. The registry can be mended without reading a log again.
with used as (
    select
        raw_model,
        provider,
        usage_date
    from {{ ref('int_usage_daily') }}
    union
    select
        raw_model,
        provider,
        usage_date
    from {{ ref('int_published_usage_ranked') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

models as (
    select * from {{ ref('int_models') }}
),

weights as (
    select * from {{ ref('int_model_weights') }}
),

prices as (
    select * from {{ ref('int_prices') }}
),

provider_aliases as (
    select * from {{ ref('stg_registry__provider_aliases') }}
),

named as (
    select
        used.raw_model,
        used.provider as raw_provider,
        used.usage_date,
        names.model_id,
        names.variant,
        -- A provider that no list knows keeps the name that the log gives it.
        coalesce(
            provider_aliases.provider, lower(used.provider), names.provider_hint
        ) as provider
    from used
    inner join names
        on used.raw_model = names.raw_model
        and used.usage_date >= names.valid_from
        and used.usage_date < names.valid_to
    left join provider_aliases on lower(used.provider) = provider_aliases.alias
),

-- The provider's own price where the price book has one for the day, else the model's reference.
price_choices as (
    select
        named.raw_model,
        named.raw_provider,
        named.usage_date,
        prices.*,
        row_number() over (
            partition by named.raw_model, named.raw_provider, named.usage_date
            order by
                case when prices.provider = named.provider then 0 else 1 end,
                prices.provider
        ) as choice
    from named
    inner join prices
        on named.model_id = prices.model_id
        and (named.provider = prices.provider or prices.is_reference)
        and named.usage_date >= prices.valid_from
        and (prices.valid_to is null or named.usage_date < prices.valid_to)
),

chosen_prices as (
    select * from price_choices
    where choice = 1
),

final as (
    select
        named.raw_model,
        named.raw_provider,
        named.usage_date,
        named.model_id,
        named.variant,
        coalesce(named.provider, 'unknown') as provider,
        models.author,
        models.origin,
        models.size_tier,
        models.is_reasoning_model,
        coalesce(weights.weights_class, 'unknown') as weights_class,
        models.is_known,
        -- Free variants are priced 0 and say so; everything else is what the price book says.
        {% for kind in ['prompt', 'cached_prompt', 'cache_write', 'completion', 'reasoning'] %}
            case
                when named.variant = 'free' then cast(0 as double)
                else chosen_prices.{{ kind }}_usd_per_million
            end as {{ kind }}_usd_per_million{{ ',' if not loop.last }}
        {% endfor %}
    from named
    inner join models on named.model_id = models.model_id
    left join weights
        on named.model_id = weights.model_id
        and named.usage_date >= weights.valid_from
        and named.usage_date < weights.valid_to
    left join chosen_prices
        on named.raw_model = chosen_prices.raw_model
        and named.raw_provider is not distinct from chosen_prices.raw_provider
        and named.usage_date = chosen_prices.usage_date
)

select * from final
