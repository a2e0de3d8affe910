-- Columns are named as FOCUS 1.2 names them. -- noqa: disable=CP02
{%- set kinds = priced_token_kinds(
    'coalesce(cached_prompt_tokens, 0)', 'coalesce(cache_write_tokens, 0)',
    'coalesce(reasoning_tokens, 0)'
) -%}
{%- set zone = var('reporting_time_zone') %}

with usage as (
    select
        *,
        -- Published totals may name no parts; calls that failed, and images, have no tokens.
        tokens > 0 and coalesce(prompt_tokens + completion_tokens = tokens, false) as is_split
    from {{ ref('int_usage_priced') }}
),

models as (
    select * from {{ ref('dim_models') }}
),

providers as (
    select * from {{ ref('stg_registry__providers') }}
),

split_usage as (
    select * from usage
    where is_split
),

unsplit_usage as (
    select * from usage
    where not is_split
),

kinds as (
    {% for kind, tokens, price in kinds -%}
        select
            population,
            gateway,
            usage_date,
            provider,
            model_id,
            '{{ kind }}' as token_kind,
            {{ tokens }} as kind_tokens,
            tokens as row_tokens,
            {{ price }} as list_unit_price,
            cast(cast({{ tokens }} as double) * {{ price }} / 1000000 as {{ exact_type() }})
                as list_usd,
            list_usd as row_list_usd,
            billed_usd as row_billed_usd,
            price_source
        from split_usage
        where {{ tokens }} > 0
        union all
    {% endfor -%}
    select
        population,
        gateway,
        usage_date,
        provider,
        model_id,
        'unknown' as token_kind,
        tokens as kind_tokens,
        tokens as row_tokens,
        cast(null as double) as list_unit_price,
        list_usd,
        list_usd as row_list_usd,
        billed_usd as row_billed_usd,
        price_source
    from unsplit_usage
),

-- Bills are for requests, not for kinds of tokens: they are allocated as the list price would
-- charge the kinds, and by tokens where there is no list price or it is 0.
allocated as (
    select
        *,
        cast(row_billed_usd as double) * case
            when token_kind = 'unknown' then 1
            when row_list_usd > 0 then cast(list_usd as double) / cast(row_list_usd as double)
            else cast(kind_tokens as double) / cast(row_tokens as double)
        end as billed_usd
    from kinds
),

cells as (
    select
        population,
        gateway,
        usage_date,
        provider,
        model_id,
        token_kind,
        {{ sum_count('kind_tokens') }} as tokens,
        {{ sum_exact('billed_usd') }} as billed_usd,
        {{ sum_exact('list_usd') }} as list_usd,
        {{ sum_exact("case when price_source = 'billed' then billed_usd else list_usd end") }}
            as spend_usd,
        -- Free and paid variants of a model can meet in a cell: then there is no one price.
        case
            when min(list_unit_price) = max(list_unit_price)
                and count(list_unit_price) = count(*)
                then max(list_unit_price)
        end as list_unit_price,
        case
            when min(price_source) = max(price_source) then max(price_source)
            else 'mixed'
        end as price_source,
        {{ sum_count("case when price_source = 'unpriced' then kind_tokens else 0 end") }}
            as unpriced_tokens
    from allocated
    group by population, gateway, usage_date, provider, model_id, token_kind
),

dated as (
    select
        *,
        cast({{ dbt.dateadd('day', 1, 'usage_date') }} as date) as next_date,
        cast({{ dbt.date_trunc('month', 'usage_date') }} as date) as month_start,
        cast({{ dbt.dateadd('month', 1, dbt.date_trunc('month', 'usage_date')) }} as date)
            as next_month_start
    from cells
),

final as (
    select
        dated.population,
        dated.gateway as BillingAccountId,
        dated.gateway as BillingAccountName,
        {{ midnight_in_zone('dated.month_start', zone) }} as BillingPeriodStart,
        {{ midnight_in_zone('dated.next_month_start', zone) }} as BillingPeriodEnd,
        {{ midnight_in_zone('dated.usage_date', zone) }} as ChargePeriodStart,
        {{ midnight_in_zone('dated.next_date', zone) }} as ChargePeriodEnd,
        'Usage' as ChargeCategory,
        cast(null as {{ dbt.type_string() }}) as ChargeClass,
        models.model_name || ': ' || replace(dated.token_kind, '_', ' ') || ' tokens'
            as ChargeDescription,
        'Usage-Based' as ChargeFrequency,
        'unknown' as InvoiceIssuerName,
        coalesce(providers.provider_name, dated.provider) as ProviderName,
        models.author_name as PublisherName,
        'AI and Machine Learning' as ServiceCategory,
        'Generative AI' as ServiceSubcategory,
        models.model_name as ServiceName,
        dated.model_id || '/' || dated.token_kind as SkuId,
        dated.provider || '/' || dated.model_id || '/' || dated.token_kind as SkuPriceId,
        replace(dated.token_kind, '_', ' ') || ' tokens' as SkuMeter,
        dated.tokens as ConsumedQuantity,
        'Tokens' as ConsumedUnit,
        cast(dated.tokens as double) / 1000000 as PricingQuantity,
        '1000000 Tokens' as PricingUnit,
        dated.list_unit_price as ListUnitPrice,
        dated.list_unit_price as ContractedUnitPrice,
        'USD' as BillingCurrency,
        dated.list_usd as ListCost,
        dated.list_usd as ContractedCost,
        dated.billed_usd as BilledCost,
        dated.spend_usd as EffectiveCost,
        dated.gateway as x_Gateway,
        dated.provider as x_Provider,
        dated.model_id as x_ModelId,
        dated.token_kind as x_TokenKind,
        dated.price_source as x_PriceSource,
        dated.unpriced_tokens as x_UnpricedQuantity
    from dated
    inner join models on dated.model_id = models.model_id
    left join providers on dated.provider = providers.provider
)

select * from final
