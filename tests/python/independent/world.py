"""All that marts are made of: accepted requests with their labels, published totals, tags."""

import csv
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from independent import raw
from independent.registry import Model, Name, Price, Registry
from independent.rules import Date, Rules


@dataclass(slots=True, eq=False)
class Use:
    """An accepted request, or a published total of a day and model (then `requests` is None)."""

    population: str
    gateway: str
    day: Date
    raw_model: str
    model: Model
    variant: str | None
    provider: str
    weights: str
    tokens: int
    requests: int | None
    account: str | None
    billed: float | None
    list_usd: float | None
    values: dict[str, Any]
    # Parts of the tokens, cut to their wholes.
    prompt: int | None = None
    completion: int | None = None
    cached: int | None = None
    written: int | None = None
    reasoned: int | None = None
    is_byok: bool = False
    finish_reason: str = "unknown"
    country: str = "unknown"
    continent: str = "unknown"
    language: str = "unknown"
    # Of the classified sample only.
    tag: str | None = None
    category: str | None = None
    sampling_rate: float | None = None

    @property
    def spend(self) -> float | None:
        """Billed where there is one, else list, else not known."""
        return self.list_usd if self.billed is None else self.billed

    @property
    def price_source(self) -> str:
        """Where the spend comes from."""
        if self.billed is not None:
            return "billed"
        return "unpriced" if self.list_usd is None else "list"


class World:
    """The raw files of a settings file, read and labelled."""

    def __init__(self, settings: Mapping[str, Any], seeds: Path, salt: str) -> None:
        self.rules = Rules.of(settings)
        self.registry = Registry(seeds)
        self.accepted: list[raw.Raw] = []
        self.rejected: list[raw.Raw] = []
        self.duplicates: list[raw.Raw] = []
        self.uses: list[Use] = []
        self.tags: set[str] = set()
        self._found_beside: list[raw.Raw] = []
        self._names: dict[str, Name] = {}
        self._prices: dict[Any, Any] = {}
        for entry in settings["gateways"]:
            if entry["format"] == "openrouter_rankings_daily":
                self._read_published(entry)
                continue
            records = raw.read_gateway(entry, self.rules, salt)
            accepted, rejected, duplicates = raw.split(records, self.rules)
            self.accepted += accepted
            self.rejected += rejected
            self.duplicates += duplicates
            countries = self._read_accounts(entry, salt)
            tags = self._read_tags(entry)
            self.tags |= {tag for tag, _ in tags.values()}
            last: dict[str, datetime.datetime] = {}
            for record in accepted:
                name, when = record.values["request_id"], record.values["requested_at"]
                last[name] = max(when, last.get(name, when))
            for record in accepted:
                # An id that comes back past the horizon is another request; the sample has one.
                is_last = last[record.values["request_id"]] == record.values["requested_at"]
                rate = entry.get("tags", {}).get("sampling_rate")
                self.uses.append(self._use(record, countries, tags if is_last else {}, rate))

    @cached_property
    def requests(self) -> list[Use]:
        """The uses that are single requests."""
        return [use for use in self.uses if use.requests is not None]

    @cached_property
    def sampled(self) -> list[Use]:
        """The classified sample."""
        return [use for use in self.requests if use.tag is not None]

    @cached_property
    def last_day(self) -> dict[str, Date]:
        """The last day of each population's data."""
        last: dict[str, Date] = {}
        for use in self.uses:
            last[use.population] = max(use.day, last.get(use.population, use.day))
        return last

    def is_partial_week(self, population: str, week: Date) -> bool:
        """Whether the data ends before the week does."""
        return self.last_day[population] < week + datetime.timedelta(6)

    def is_partial_month(self, population: str, month: Date) -> bool:
        """Whether the data ends before the month does."""
        after = (month + datetime.timedelta(31)).replace(day=1)
        return self.last_day[population] < after - datetime.timedelta(1)

    def price_of(self, use: Use) -> Price | None:
        """The price of a request's tokens; published totals have none, for want of parts."""
        if use.requests is None:
            return None
        price: Price | None = self._prices[self._name(use.raw_model), use.provider, use.day]
        return price

    def _name(self, text: str) -> Name:
        if text not in self._names:
            self._names[text] = self.registry.read_name(text)
        return self._names[text]

    def _use(
        self,
        record: raw.Raw,
        countries: Mapping[str, str],
        tags: Mapping[str, tuple[str, float]],
        rate: float | None,
    ) -> Use:
        values = record.values
        day = values["day"]
        name = self._name(values["raw_model"])
        provider = self.registry.provider(values["provider"], name)
        prompt, completion = values["prompt_tokens"], values["completion_tokens"]
        cached = min(values["cached_tokens"] or 0, prompt)
        written = min(values["cache_write_tokens"] or 0, prompt - cached)
        reasoned = min(values["reasoning_tokens"] or 0, completion)
        key = (name, provider, day)
        if key not in self._prices:
            self._prices[key] = self.registry.price(name, provider, day)
        price = self._prices[key]
        country = values["country_code"] or countries.get(values["account_id"] or "") or "unknown"
        if country not in self.registry.continents:
            country = "unknown"
        tag, confidence = tags.get(values["request_id"] or "", (None, 0.0))
        if confidence < self.rules.min_tag_confidence:
            tag = None
        return Use(
            record.population,
            record.gateway,
            day,
            values["raw_model"],
            name.model,
            name.variant,
            provider,
            self.registry.weights_class(name.model.model_id, day),
            record.tokens,
            1,
            values["account_id"],
            values["billed_usd"],
            None if price is None else price.of(prompt, cached, written, completion, reasoned),
            values,
            prompt,
            completion,
            cached,
            written,
            reasoned,
            bool(values["is_byok"]),
            self.registry.finish_reasons.get(values["finish_reason"] or "", "unknown"),
            country,
            self.registry.continents.get(country, "unknown"),
            self.registry.language(values["language"]),
            tag,
            None if tag is None else self.registry.places(tag)[0],
            rate,
        )

    def _read_published(self, entry: Mapping[str, Any]) -> None:
        """Published totals: of a day and model the larger figure counts."""
        largest: dict[tuple[str, str], raw.Raw] = {}
        for path in sorted(Path(entry["location"]).iterdir()):
            with path.open(encoding="utf-8", newline="") as stream:
                for number, row in enumerate(csv.DictReader(stream), 1):
                    tokens = int(row["total_tokens"])
                    day = Date.fromisoformat(row["date"])
                    record = raw.Raw(
                        entry["population"],
                        entry["name"],
                        path.name,
                        f"record {number}",
                        {"day": day, "tokens": tokens, "raw_model": row["model_permaslug"]},
                        ["tokens_negative"] if tokens < 0 else [],
                    )
                    if record.reasons:
                        self.rejected.append(record)
                        continue
                    key = (row["date"], row["model_permaslug"])
                    if key not in largest:
                        largest[key] = record
                    else:
                        larger = max(largest[key], record, key=lambda one: one.values["tokens"])
                        loser = record if larger is largest[key] else largest[key]
                        self.duplicates.append(loser)
                        largest[key] = larger
        for record in largest.values():
            self.accepted.append(record)
            day, text = record.values["day"], record.values["raw_model"]
            name = self._name(text)
            self.uses.append(
                Use(
                    record.population, record.gateway, day, text, name.model, name.variant,
                    self.registry.provider(None, name),
                    self.registry.weights_class(name.model.model_id, day),
                    record.values["tokens"], None, None, None, None, record.values,
                )
            )  # fmt: skip

    def _read_tags(self, entry: Mapping[str, Any]) -> dict[str, tuple[str, float]]:
        """Of each request the tag with the highest confidence, ties by path."""
        best: dict[str, tuple[float, str]] = {}
        for record in self._beside(entry, "tags"):
            request, tag, text = (
                raw.text(record.values[name]) for name in ("request_id", "tag", "confidence")
            )
            confidence = None if text is None else float(text)
            if tag is None:
                record.reasons.append("tag_missing")
            if confidence is None:
                record.reasons.append("tag_confidence_missing")
            elif not 0 <= confidence <= 1:
                record.reasons.append("tag_confidence_out_of_range")
            if request is None or tag is None or confidence is None or record.reasons:
                continue
            found = (-confidence, tag)
            best[request] = min(found, best.get(request, found))
        return {request: (tag, -less) for request, (less, tag) in best.items()}

    def _read_accounts(self, entry: Mapping[str, Any], salt: str) -> dict[str, str]:
        """The billing country of each account, of two the first."""
        countries: dict[str, str] = {}
        for record in self._beside(entry, "accounts"):
            account = raw.hashed(record.values["account_id"], salt)
            country = (raw.text(record.values["country_code"]) or "").upper()
            if country not in self.registry.continents:
                record.reasons.append("account_country_unknown")
            elif account is not None:
                countries[account] = min(country, countries.get(account, country))
        return countries

    def _beside(self, entry: Mapping[str, Any], kind: str) -> list[raw.Raw]:
        """The records beside a log; those that are rejected stand with the log's own."""
        found = []
        if kind in entry:
            location = Path(entry[kind]["location"])
            for path in sorted(location.iterdir()) if location.is_dir() else [location]:
                for place, row in raw.rows_of(path):
                    assert row is not None
                    population = entry.get("population", "own")
                    place = f"{kind} {place}"
                    found.append(raw.Raw(population, entry["name"], path.name, place, row))
        self._found_beside += found
        return found

    @property
    def rejected_beside(self) -> list[raw.Raw]:
        """Tags and accounts that break a rule."""
        return [record for record in self._found_beside if record.reasons]
