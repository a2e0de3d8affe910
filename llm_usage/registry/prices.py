"""List prices by model, provider and day, in USD per million tokens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from llm_usage.registry.models import FIRST_PARTY, Model
from llm_usage.registry.names import FIRST_DAY, LAST_DAY, Resolver
from llm_usage.registry.sources import Row, Sources, curated

KINDS = ("prompt", "cached_prompt", "cache_write", "completion", "reasoning")
MILLION = Decimal(1_000_000)
PLACES = Decimal(1).scaleb(-12)
MAX_USD_PER_MILLION = Decimal(1000)
"""Above this a price is a unit error of the table (the dearest known is 600)."""

MAX_USD_PER_MILLION_AT_HOSTS = Decimal(100)
"""The same at a host of another's model: some rows of watsonx and Novita are per thousand tokens.
OpenAI and Anthropic, whose dearest models pass it, are exempt."""

NOT_PER_TOKEN = {"github_copilot", "ollama", "lm_studio", "lemonade", "vllm", "litellm_proxy"}
"""Subscriptions and one's own machines: their zeros are no prices."""

OWN_API = {
    "ai21": "ai21",
    "amazon": "amazon_bedrock",
    "anthropic": "anthropic",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "google": "google_ai_studio",
    "inception": "inception",
    "minimax": "minimax",
    "mistralai": "mistral",
    "moonshotai": "moonshotai",
    "morph": "morph",
    "openai": "openai",
    "perplexity": "perplexity",
    "qwen": "alibaba",
    "stepfun": "stepfun",
    "upstage": "upstage",
    "x-ai": "xai",
    "xiaomi": "xiaomi",
    "z-ai": "z_ai",
}
"""Author to the provider slug of its own API."""


GOOGLE_EXPERIMENTS = re.compile(r"-exp|gemma|learnlm")
"""What Google serves without charge."""

FREE_BY_DESIGN = {"openrouter/free"}
"""Routers whose every answer is free."""


@dataclass(frozen=True)
class Price:
    """Prices of one model at one provider from a day to the day before another (ISO dates)."""

    model_id: str
    provider: str
    valid_from: str
    valid_to: str
    amounts: tuple[str, ...]
    source: str

    def __post_init__(self) -> None:
        """Blank a cache-write price of 0 beside a prompt price: it says "not billed apart"."""
        if Decimal(self.amounts[2] or 0) == 0 and Decimal(self.amounts[0] or 0) > 0:
            amounts = (*self.amounts[:2], "", *self.amounts[3:])
            object.__setattr__(self, "amounts", amounts)

    @property
    def is_free(self) -> bool:
        """Whether nothing is charged."""
        return all(not amount or Decimal(amount) == 0 for amount in self.amounts)


def per_million(text: str, factor: Decimal = MILLION) -> str:
    """An exact decimal text of at most 12 places, or the empty text where there is no number."""
    if not text:
        return ""
    try:
        amount = Decimal(text) * factor
    except InvalidOperation:
        return ""
    if not amount.is_finite() or amount < 0 or amount > MAX_USD_PER_MILLION:
        return ""
    plain = f"{amount.quantize(PLACES):f}"
    return (plain.rstrip("0").rstrip(".") or "0") if "." in plain else plain


def _day(text: str) -> str:
    """The UTC day of an instant with an offset; the empty text stays."""
    return datetime.fromisoformat(text).astimezone(UTC).date().isoformat() if text else ""


def is_offer(price: Price, models: dict[str, Model]) -> bool:
    """Whether a price says what is charged.

    A table's 0 is "free" at the author's own API (experimental models) and "no price known"
    elsewhere; read as free it would turn unpriced use into use that cost nothing.
    """
    author = models[price.model_id].author
    own = {OWN_API.get(author)}
    if author == "google":
        # Google's paid models have a free tier, which the table wrote as 0 for a while.
        own = (
            {"google_ai_studio", "google_vertex"}
            if GOOGLE_EXPERIMENTS.search(price.model_id)
            else set()
        )
    return not price.is_free or price.provider in own or price.model_id in FREE_BY_DESIGN


def history(
    sources: Sources, models: dict[str, Model], resolver: Resolver, providers: dict[str, str]
) -> list[Price]:
    """The LiteLLM price table through time, one spelling's days after the other's.

    Several spellings of one model at one provider are put in order (no region or commitment in
    the name first, then the shorter, then the alphabet); each adds the days that those before it
    leave open. What the first snapshot of the history holds was in force already: such a row
    reaches back to the release of its model, and says so.
    """
    first_day = min(_day(row["valid_from"]) for row in sources.price_history)
    spellings: dict[tuple[str, str], dict[str, list[Price]]] = {}
    for row in sources.price_history:
        provider = providers.get(row["litellm_provider"], "")
        if row["mode"] not in ("chat", "completion", "responses") or not provider:
            continue
        if provider in NOT_PER_TOKEN:
            continue
        amounts = tuple(
            per_million(row.get(column, ""))
            for column in (
                "input_cost_per_token",
                "cache_read_input_token_cost",
                "cache_creation_input_token_cost",
                "output_cost_per_token",
                "output_cost_per_reasoning_token",
            )
        )
        if not amounts[0] or not amounts[3]:
            continue
        largest = max(Decimal(amounts[0]), Decimal(amounts[3]))
        start, end = _day(row["valid_from"]), _day(row["valid_to"])
        for opens, closes, model_id in resolver.windows(row["model"]):
            model = models[model_id]
            hosted = OWN_API.get(model.author) != provider
            exempt = model.author in ("openai", "anthropic", "aleph-alpha")
            if hosted and not exempt and largest > MAX_USD_PER_MILLION_AT_HOSTS:
                continue
            source = f"LiteLLM price table: {row['model']}"
            earliest = start
            release = model.released_on
            if start == first_day and opens <= first_day:
                reach = max(opens, release or first_day)
                if reach < first_day:
                    earliest = reach
                    source += f"; in force before the first snapshot ({first_day}), "
                    source += "taken back to the release"
            low, high = max(earliest, opens), min(end or LAST_DAY, closes)
            if low < high:
                price = Price(
                    model_id, provider, low, "" if high == LAST_DAY else high, amounts, source
                )
                if not is_offer(price, models):
                    continue
                spellings.setdefault((model_id, provider), {}).setdefault(row["model"], []).append(
                    price
                )
    found: list[Price] = []
    for by_name in spellings.values():
        kept: list[Price] = []
        for name in sorted(by_name, key=_spelling_order):
            for price in sorted(by_name[name], key=lambda item: (item.valid_from, item.amounts)):
                kept.extend(_uncovered(price, kept))
        found.extend(kept)
    return found


def _spelling_order(name: str) -> tuple[bool, int, int, str]:
    return (
        "commitment" in name or "/fast" in name or name.startswith("fast/"),
        name.count("/"),
        len(name),
        name,
    )


def _uncovered(price: Price, kept: list[Price]) -> Iterator[Price]:
    """The parts of a price's days that no kept price of the same model and provider covers."""
    start = price.valid_from
    stop = price.valid_to or LAST_DAY
    for other in sorted(kept, key=lambda item: item.valid_from):
        if other.valid_from >= stop or (other.valid_to or LAST_DAY) <= start:
            continue
        if other.valid_from > start:
            yield replace(price, valid_from=start, valid_to=other.valid_from)
        start = max(start, other.valid_to or LAST_DAY)
        if start >= stop:
            return
    if start < stop:
        yield replace(price, valid_from=start, valid_to="" if stop == LAST_DAY else stop)


def openrouter(sources: Sources, models: dict[str, Model], resolver: Resolver) -> list[Price]:
    """OpenRouter's list on its day; free and batch variants are priced by their variant."""
    found = []
    for row in sources.current:
        if row["variant"] != "standard":
            continue
        model_id = resolver.own_id(row["model_slug"].lower())
        amounts = (
            per_million(row["prompt_price"]),
            per_million(row.get("cache_read_price", "")),
            per_million(row.get("cache_write_price", "")),
            per_million(row["completion_price"]),
            "",
        )
        if model_id in models and amounts[0] and amounts[3]:
            source = f"OpenRouter list of {sources.list_day}"
            found.append(Price(model_id, "openrouter", sources.list_day, "", amounts, source))
    return found


def models_dev(
    sources: Sources, models: dict[str, Model], resolver: Resolver, providers: dict[str, str]
) -> list[Price]:
    """Current prices of the vendors' own APIs and of OpenRouter, from their row's last update."""
    found: dict[tuple[str, str], Price] = {}
    for row in sorted(sources.models_dev, key=lambda item: (len(item["model"]), item["model"])):
        # models.dev's google is AI Studio; in OpenRouter's logs the name means Vertex.
        is_studio = row["provider"] == "google"
        provider = "google_ai_studio" if is_studio else providers.get(row["provider"], "")
        listed = provider == "openrouter" and ":" not in row["model"]
        model_id = resolver.own_id(row["model"]) if listed else resolver.model(row["model"])
        if not model_id or not provider:
            continue
        own = OWN_API.get(models[model_id].author) == provider
        first_party = row["provider"] in FIRST_PARTY or row["provider"] == "amazon-bedrock"
        if not listed and not (own and first_party):
            continue
        amounts = tuple(
            per_million(row.get(column, ""), Decimal(1))
            for column in (
                "cost_input",
                "cost_cache_read",
                "cost_cache_write",
                "cost_output",
                "cost_reasoning",
            )
        )
        if not amounts[0] or not amounts[3] or len(row["last_updated"]) != 10:
            continue
        day = max(row["last_updated"], models[model_id].released_on or FIRST_DAY)
        price = Price(
            model_id, provider, day, "", amounts, f"models.dev: {row['provider']}/{row['model']}"
        )
        found.setdefault((model_id, provider), price)
    return list(found.values())


def by_hand() -> list[Price]:
    """Prices that no table kept, or that a row taken back in time gets wrong."""
    return [
        Price(
            row["model_id"],
            row["provider"],
            row["valid_from"],
            row["valid_to"],
            tuple(per_million(row[kind], Decimal(1)) for kind in KINDS),
            row["source"],
        )
        for row in curated("prices.csv")
    ]


def _until(price: Price, day: str) -> Price | None:
    """A price cut to end before a day."""
    if price.valid_from >= day:
        return None
    if price.valid_to and price.valid_to <= day:
        return price
    return replace(price, valid_to=day)


def _merge(adjacent: list[Price]) -> list[Price]:
    """Join neighbours with equal amounts; the first one's source stays."""
    joined: list[Price] = []
    for price in sorted(adjacent, key=lambda item: item.valid_from):
        if (
            joined
            and joined[-1].valid_to == price.valid_from
            and joined[-1].amounts == price.amounts
        ):
            joined[-1] = replace(joined[-1], valid_to=price.valid_to)
        else:
            joined.append(price)
    return joined


def prices(
    sources: Sources, models: dict[str, Model], resolver: Resolver, providers: dict[str, str]
) -> list[Row]:
    """Every known price, without overlap per model and provider, one provider as reference."""
    groups: dict[tuple[str, str], list[Price]] = {}
    for price in history(sources, models, resolver, providers):
        groups.setdefault((price.model_id, price.provider), []).append(price)
    for price in openrouter(sources, models, resolver):
        if not is_offer(price, models):
            continue
        key = (price.model_id, price.provider)
        earlier = [_until(item, price.valid_from) for item in groups.get(key, [])]
        groups[key] = [item for item in earlier if item] + [price]
    # Gaps only: days that neither the history nor OpenRouter's own list covers.
    for price in models_dev(sources, models, resolver, providers):
        if is_offer(price, models):
            group = groups.setdefault((price.model_id, price.provider), [])
            group.extend(list(_uncovered(price, group)))
    # What is kept by hand goes before all of it, on its own days.
    hand: dict[tuple[str, str], list[Price]] = {}
    for price in by_hand():
        hand.setdefault((price.model_id, price.provider), []).append(price)
    for key, stated in hand.items():
        rest = [part for item in groups.get(key, []) for part in _uncovered(item, stated)]
        groups[key] = stated + rest
    merged = {key: _merge(group) for key, group in groups.items()}
    reference = _references(models, merged, sources.list_day)
    rows = []
    for (model_id, provider), group in merged.items():
        for price in group:
            rows.append(
                {
                    "model_id": model_id,
                    "provider": provider,
                    "valid_from": price.valid_from,
                    "valid_to": price.valid_to,
                    **{
                        f"{kind}_usd_per_million": amount
                        for kind, amount in zip(KINDS, price.amounts, strict=True)
                    },
                    "is_reference": "true" if reference[model_id] == provider else "false",
                    "source": price.source,
                }
            )
    return sorted(rows, key=lambda row: (row["model_id"], row["provider"], row["valid_from"]))


def _references(
    models: dict[str, Model], groups: dict[tuple[str, str], list[Price]], last_day: str
) -> dict[str, str]:
    """The provider whose price stands for a model where a request's provider has none.

    The author's own API where it charges; else the provider that covers most days up to the last
    snapshot; among equals OpenRouter, then the alphabet. Providers that charge nothing come last.
    """

    def days(group: list[Price]) -> int:
        horizon = (date.fromisoformat(last_day) + timedelta(days=1)).isoformat()
        return sum(
            max(
                0,
                (
                    date.fromisoformat(min(price.valid_to or horizon, horizon))
                    - date.fromisoformat(price.valid_from)
                ).days,
            )
            for price in group
        )

    best: dict[str, tuple[tuple[object, ...], str]] = {}
    for (model_id, provider), group in groups.items():
        free = all(price.is_free for price in group)
        own = OWN_API.get(models[model_id].author) == provider
        rank = (free, not own, -days(group), provider != "openrouter", provider)
        if model_id not in best or rank < best[model_id][0]:
            best[model_id] = (rank, provider)
    return {model_id: provider for model_id, (_, provider) in best.items()}
