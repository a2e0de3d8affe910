"""Usage and cost in the columns of FOCUS, a row per kind of token."""

import datetime
from collections import defaultdict
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from independent.registry import Price
from independent.rules import Date, month_after, month_of, total
from independent.tables import Mart
from independent.world import Use, World

# A kind's tokens, and its price.
KINDS: dict[str, tuple[Any, Any]] = {
    "uncached_prompt": (
        lambda use: use.prompt - use.cached - use.written,
        lambda price: price.prompt,
    ),
    "cached_prompt": (
        lambda use: use.cached,
        lambda price: price.prompt if price.cached is None else price.cached,
    ),
    "cache_write": (
        lambda use: use.written,
        lambda price: price.prompt if price.cache_write is None else price.cache_write,
    ),
    "visible_completion": (
        lambda use: use.completion - use.reasoned,
        lambda price: price.completion,
    ),
    "reasoning": (
        lambda use: use.reasoned,
        lambda price: price.completion if price.reasoning is None else price.reasoning,
    ),
}


def focus_usage(world: World) -> Mart:
    """Bills are for requests: a kind has the part that the list price would charge for it."""
    mart = Mart(
        ["population", "x_Gateway", "ChargePeriodStart", "x_Provider", "x_ModelId", "x_TokenKind"]
    )
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for uses in _alike(world).values():
        first = uses[0]
        price: Price | None = world.price_of(first)
        tokens = sum(use.tokens for use in uses)
        is_split = first.requests is not None and tokens > 0
        listed = total(use.list_usd for use in uses)
        billed = total(use.billed for use in uses)
        kinds = KINDS if is_split else {"unknown": (lambda use: use.tokens, lambda price: None)}
        for kind, (count, unit_price) in kinds.items():
            amount = sum(count(use) for use in uses)
            if is_split and amount == 0:
                continue
            unit = unit_price(price) if price and is_split else None
            usd = amount * unit / 1e6 if unit is not None else (None if is_split else listed)
            piece = 1.0
            if is_split:
                piece = usd / listed if listed else amount / tokens  # type: ignore[operator]
            key = (first.population, first.gateway, first.day, first.provider)
            found[*key, first.model.model_id, kind].append(
                {
                    "tokens": amount,
                    "unit": unit,
                    "list": usd,
                    "billed": None if billed is None else billed * piece,
                    "source": first.price_source,
                }
            )
    for key, pieces in found.items():
        mart.rows[(*key[:2], _midnight(world, key[2]), *key[3:])] = _row(world, key, pieces)
    return mart


def _alike(world: World) -> dict[Any, list[Use]]:
    """Uses of one price and one kind of bill, which are billed together."""
    alike: dict[Any, list[Use]] = defaultdict(list)
    for use in world.uses:
        key = (use.population, use.gateway, use.day, use.raw_model, use.values.get("provider"))
        alike[*key, use.values.get("is_byok"), use.billed is None].append(use)
    return alike


def _row(world: World, key: Any, pieces: list[dict[str, Any]]) -> dict[str, Any]:
    _, gateway, day, provider, model, kind = key
    units = {piece["unit"] for piece in pieces}
    unit = units.pop() if len(units) == 1 else None
    sources = {piece["source"] for piece in pieces}
    tokens = sum(piece["tokens"] for piece in pieces)
    listed = total(piece["list"] for piece in pieces)
    month = month_of(day)
    return {
        "BillingAccountId": gateway,
        "BillingAccountName": gateway,
        "BillingPeriodStart": _midnight(world, month),
        "BillingPeriodEnd": _midnight(world, month_after(month, 1)),
        "ChargePeriodEnd": _midnight(world, day + datetime.timedelta(1)),
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeFrequency": "Usage-Based",
        "InvoiceIssuerName": "unknown",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceSubcategory": "Generative AI",
        "SkuId": f"{model}/{kind}",
        "SkuPriceId": f"{provider}/{model}/{kind}",
        "ConsumedQuantity": tokens,
        "ConsumedUnit": "Tokens",
        "PricingQuantity": tokens / 1e6,
        "PricingUnit": "1000000 Tokens",
        "ListUnitPrice": unit,
        "ContractedUnitPrice": unit,
        "BillingCurrency": "USD",
        "ListCost": listed,
        "ContractedCost": listed,
        "BilledCost": total(piece["billed"] for piece in pieces),
        "EffectiveCost": total(
            piece["list"] if piece["billed"] is None else piece["billed"] for piece in pieces
        ),
        "x_PriceSource": sources.pop() if len(sources) == 1 else "mixed",
        "x_UnpricedQuantity": sum(
            piece["tokens"] for piece in pieces if piece["source"] == "unpriced"
        ),
    }


@cache
def _midnight(world: World, day: Date) -> datetime.datetime:
    """The first instant of a reporting day, in UTC."""
    zone = ZoneInfo(world.rules.reporting_time_zone)
    local = datetime.datetime.combine(day, datetime.time(), zone)
    return local.astimezone(datetime.UTC).replace(tzinfo=None)
