"""What a name means, whose model it is, open or closed, and at what price: from the seeds."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from independent.rules import Date

Row = dict[str, str]

# Category and study category of a tag that no list places.
UNPLACED = ("unknown", "unknown")


@dataclass(frozen=True)
class Model:
    """What does not change from day to day."""

    model_id: str
    author: str = "unknown"
    origin: str = "unknown"
    size_tier: str = "unknown"
    is_reasoning_model: bool | None = None
    is_known: bool = False


@dataclass(frozen=True)
class Name:
    """A name as logged, read."""

    model: Model
    variant: str | None
    provider: str | None


@dataclass(frozen=True)
class Price:
    """USD per million tokens; a part without a price of its own costs what its whole costs."""

    prompt: float
    completion: float
    cached: float | None = None
    cache_write: float | None = None
    reasoning: float | None = None

    def of(self, prompt: int, cached: int, written: int, completion: int, reasoned: int) -> float:
        """What tokens cost, in USD."""
        cached_at = self.prompt if self.cached is None else self.cached
        written_at = self.prompt if self.cache_write is None else self.cache_write
        reasoned_at = self.completion if self.reasoning is None else self.reasoning
        return (
            (prompt - cached - written) * self.prompt
            + cached * cached_at
            + written * written_at
            + (completion - reasoned) * self.completion
            + reasoned * reasoned_at
        ) / 1e6


class Registry:
    """The seeds, read as they are."""

    def __init__(self, seeds: Path) -> None:
        self.seeds = seeds
        self._read: dict[str, list[Row]] = {}
        authors = {row["author"]: row for row in self.rows("registry/registry_authors")}
        self.models = {
            row["model_id"]: Model(
                row["model_id"],
                row["author"],
                authors[row["author"]]["origin"],
                _size_tier(row["parameters_total_b"]),
                {"true": True, "false": False}.get(row["is_reasoning_model"]),
                True,
            )
            for row in self.rows("registry/registry_models")
        }
        self.model_rows = {row["model_id"]: row for row in self.rows("registry/registry_models")}
        self.weights: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for row in self.rows("registry/registry_model_weights"):
            self.weights[row["model_id"]].append((row["valid_from"], row["weights_class"]))
        stated: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for row in self.rows("registry/registry_overrides"):
            assert row["entity"] == "weights", "an override that this reading does not know"
            stated[row["key"]].append((row["valid_from"], row["value"]))
        self.weights |= stated
        self.prices: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows("registry/registry_prices"):
            self.prices[row["model_id"]].append(row)
        self.providers = {
            row["alias"]: row["provider"] for row in self.rows("registry/registry_provider_aliases")
        }
        self.variants = {row["variant"] for row in self.rows("registry/registry_name_variants")}
        self.placeholders = {
            row["placeholder"].removeprefix("=")
            for row in self.rows("registry/registry_name_placeholders")
        }
        self.finish_reasons = {
            row["raw_finish_reason"]: row["finish_reason"]
            for row in self.rows("requests/finish_reasons")
        }
        self.continents = {
            row["country_code"]: row["continent"] for row in self.rows("geography/countries")
        }
        self.people = {
            row["country_code"]: int(row["working_age_population"])
            for row in self.rows("geography/working_age_population")
        }
        self.languages = {
            row["language_tag"]: row["language"] for row in self.rows("geography/languages")
        }
        self.tags = {
            row["tag"]: (row["category"], row["study_category"])
            for name in ("google_nlp_v1", "further_tags", "tag_overrides")
            for row in self.rows(f"taxonomy/{name}")
        }

    def rows(self, name: str) -> list[Row]:
        """A seed's rows, all of them texts."""
        if name not in self._read:
            with (self.seeds / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
                self._read[name] = list(csv.DictReader(stream))
        return self._read[name]

    def read_name(self, raw: str) -> Name:
        """The few ways of writing a name that the test logs use."""
        name = raw.strip().lower()
        provider = None
        if name == "" or name in self.placeholders:
            return Name(Model("unknown"), None, None)
        if name == "other":
            return Name(Model("other", author="other"), None, None)
        if name.startswith("openrouter/") and name.count("/") == 2:
            name, provider = name.removeprefix("openrouter/"), "openrouter"
        name, _, variant = name.partition(":")
        assert variant in self.variants | {""}, raw
        model = self.models.get(name, Model(f"unknown/{name}"))
        return Name(model, variant or None, provider)

    def language(self, logged: str | None) -> str:
        """The longest listed tag that begins a language as logged."""
        parts = (logged or "").lower().replace("_", "-").split("-")
        for length in range(len(parts), 0, -1):
            tag = "-".join(parts[:length])
            if tag in self.languages:
                return self.languages[tag]
        return "unknown"

    def places(self, tag: str) -> tuple[str, str]:
        """Category and study category: the tag's own, else those of its nearest listed parent."""
        path = tag
        while path:
            if path in self.tags:
                return self.tags[path]
            path = path.rpartition("/")[0]
        return UNPLACED

    def weights_class(self, model_id: str, day: Date) -> str:
        """The judgement in force on a day; the first one reaches back before it."""
        judgements = sorted(self.weights.get(model_id, []))
        known = [weights for since, weights in judgements if since <= day.isoformat()]
        return known[-1] if known else (judgements[0][1] if judgements else "unknown")

    def provider(self, raw: str | None, name: Name) -> str:
        """The registry's name of a provider, else the log's."""
        if raw is None:
            return name.provider or "unknown"
        return self.providers.get(raw.lower(), raw.lower())

    def price(self, name: Name, provider: str, day: Date) -> Price | None:
        """The provider's price of the day, else the model's reference."""
        if name.variant == "free":
            return Price(0.0, 0.0, 0.0, 0.0, 0.0)
        today = [
            row
            for row in self.prices.get(name.model.model_id, [])
            if row["valid_from"] <= day.isoformat() < (row["valid_to"] or "9999")
        ]
        for row in sorted(today, key=lambda row: row["provider"] != provider):
            if row["provider"] == provider or row["is_reference"] == "true":
                prompt = _number(row["prompt_usd_per_million"])
                completion = _number(row["completion_usd_per_million"])
                if prompt is None or completion is None:
                    return None
                return Price(
                    prompt,
                    completion,
                    _number(row["cached_prompt_usd_per_million"]),
                    _number(row["cache_write_usd_per_million"]),
                    _number(row["reasoning_usd_per_million"]),
                )
        return None


def _number(text: str) -> float | None:
    return float(text) if text else None


def _size_tier(parameters: str) -> str:
    billions = _number(parameters)
    if billions is None:
        return "unknown"
    return "small" if billions < 15 else "medium" if billions < 70 else "large"
