"""Facts, dimensions, and what became of every record."""

import datetime
from collections import defaultdict
from typing import Any

from independent.raw import Raw
from independent.rules import Date, part, total
from independent.tables import Mart, accounts_of
from independent.world import Use, World


def fct_requests(world: World) -> list[dict[str, Any]]:
    """Accepted requests; those without an id of their own have None for it."""
    return [
        {
            "population": use.population,
            "gateway": use.gateway,
            "usage_date": use.day,
            "model_id": use.model.model_id,
            "variant": use.variant,
            "author": use.model.author,
            "weights_class": use.weights,
            "origin": use.model.origin,
            "size_tier": use.model.size_tier,
            "is_reasoning_model": use.model.is_reasoning_model,
            "tokens": use.tokens,
            "list_usd": use.list_usd,
            "spend_usd": use.spend,
            "price_source": use.price_source,
            "continent": use.continent,
            "is_reasoning_above_completion": _above(use, "reasoning_tokens", "completion_tokens"),
            "is_cached_above_prompt": _above(use, "cached_tokens", "prompt_tokens"),
            **{name: value for name, value in use.values.items() if name != "day"},
            "provider": use.provider,
            "finish_reason": use.finish_reason,
            "country_code": use.country,
            "language": use.values["language"] or "unknown",
        }
        for use in world.requests
    ]


def _above(use: Use, name: str, whole: str) -> bool:
    return (use.values[name] or 0) > use.values[whole]


PARTS = {
    "uncached_prompt_tokens": lambda use: use.prompt - use.cached,
    "cached_prompt_tokens": lambda use: use.cached,
    "cache_write_tokens": lambda use: use.written,
    "prompt_tokens": lambda use: use.prompt,
    "visible_completion_tokens": lambda use: use.completion - use.reasoned,
    "reasoning_tokens": lambda use: use.reasoned,
    "completion_tokens": lambda use: use.completion,
}


def fct_usage_daily(world: World) -> Mart:
    """Requests, accounts, tokens and spend of a day, gateway and model."""
    mart = Mart(["population", "gateway", "usage_date", "model_id"])
    groups: dict[Any, list[Use]] = defaultdict(list)
    for use in world.uses:
        groups[use.population, use.gateway, use.day, use.model.model_id].append(use)
    for key, group in groups.items():
        first = group[0]
        published = first.requests is None
        unpriced = [use for use in group if use.spend is None]
        mart.rows[key] = {
            "author": first.model.author,
            "weights_class": first.weights,
            "origin": first.model.origin,
            "size_tier": first.model.size_tier,
            "requests": total(use.requests for use in group),
            "accounts": accounts_of(group) or None,
            "tokens": sum(use.tokens for use in group),
            "billed_usd": total(use.billed for use in group),
            "list_usd": total(use.list_usd for use in group),
            "spend_usd": total(use.spend for use in group),
            "unpriced_requests": None if published else len(unpriced),
            "unpriced_tokens": sum(use.tokens for use in unpriced),
        }
        for name, of in PARTS.items():
            mart.rows[key][name] = None if published else sum(of(use) for use in group)
    return mart


def fct_rejected_records(world: World) -> Mart:
    """Where each rejected record stands and why it was rejected."""
    mart = Mart(["population", "gateway", "source_file", "record_key"])
    for raw in [*world.rejected, *world.rejected_beside]:
        key = (raw.population, raw.gateway, raw.file, raw.place)
        mart.rows[key] = {"usage_date": raw.day, "reasons": ", ".join(raw.reasons)}
    return mart


def dim_models(world: World) -> Mart:
    """Every model of the registry and of the logs."""
    mart = Mart(["model_id"])
    registry = world.registry
    models = [*registry.models.values(), *(use.model for use in world.uses)]
    models += [registry.read_name("").model, registry.read_name("other").model]
    names = {row["author"]: row for row in registry.rows("registry/registry_authors")}
    for model in models:
        row = registry.model_rows.get(model.model_id, {})
        judged = sorted(registry.weights.get(model.model_id, []))
        author = names.get(model.author, {})
        mart.rows[model.model_id,] = {
            "author": model.author,
            "author_country_code": author.get("country_code") or None,
            "origin": model.origin,
            "family": row.get("family") or None,
            "modality": row.get("modality") or None,
            "released_on": Date.fromisoformat(row["released_on"])
            if row.get("released_on")
            else None,
            "parameters_total_b": float(row["parameters_total_b"])
            if row.get("parameters_total_b")
            else None,
            "parameters_active_b": float(row["parameters_active_b"])
            if row.get("parameters_active_b")
            else None,
            "size_tier": model.size_tier,
            "weights_class": judged[-1][1] if judged else "unknown",
            "is_reasoning_model": model.is_reasoning_model,
            "context_tokens": int(row["context_tokens"]) if row.get("context_tokens") else None,
            "is_known": model.is_known,
        }
    return mart


def dim_prices(world: World) -> Mart:
    """The price book."""
    mart = Mart(["model_id", "provider", "valid_from"])
    for row in world.registry.rows("registry/registry_prices"):
        key = (row["model_id"], row["provider"], Date.fromisoformat(row["valid_from"]))
        mart.rows[key] = {
            "valid_to": Date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            "is_reference": row["is_reference"] == "true",
            "source": row["source"],
        }
        for kind in ("prompt", "cached_prompt", "cache_write", "completion", "reasoning"):
            text = row[f"{kind}_usd_per_million"]
            mart.rows[key][f"{kind}_usd_per_million"] = float(text) if text else None
    return mart


def _is_late(raw: Raw, days: int) -> bool:
    """Whether the file's one date lies more than so many days after the record's own."""
    delivered = [
        Date.fromisoformat(piece)
        for piece in raw.file.replace(".", "_").split("_")
        if len(piece) == 10 and piece.count("-") == 2
    ]
    if raw.day is None or len(delivered) != 1:
        return False
    return delivered[0] - raw.day > datetime.timedelta(days)


def data_quality_daily(world: World) -> Mart:
    """What became of every record, and how much of a day is known."""
    mart = Mart(["population", "gateway", "usage_date"])
    counts: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for name, records in [
        ("accepted_records", world.accepted),
        ("rejected_records", world.rejected),
        ("duplicate_records", world.duplicates),
    ]:
        for raw in records:
            row = counts[raw.population, raw.gateway, raw.day]
            row[name] += 1
            row["raw_records"] += 1
            row["late_records"] += _is_late(raw, world.rules.late_after_days)
    uses: dict[Any, list[Use]] = defaultdict(list)
    for use in world.uses:
        uses[use.population, use.gateway, use.day].append(use)
    for key, row in counts.items():
        group = uses[key]
        tokens = sum(use.tokens for use in group)
        names = ("raw_records", "accepted_records", "rejected_records", "duplicate_records")
        mart.rows[key] = {name: row[name] for name in (*names, "late_records")}
        for name, is_so in [
            ("known_model", lambda use: use.model.is_known),
            ("known_weights", lambda use: use.weights != "unknown"),
            ("known_origin", lambda use: use.model.origin != "unknown"),
            ("priced", lambda use: use.spend is not None),
        ]:
            known = sum(use.tokens for use in group if is_so(use))
            mart.rows[key][f"{name}_token_share"] = part(known, tokens)
    return mart


def unmapped_models(world: World) -> Mart:
    """Names that are no model of the registry."""
    mart = Mart(["population", "gateway", "raw_model"])
    groups: dict[Any, list[Use]] = defaultdict(list)
    for use in world.uses:
        # The pooled rest of a published table is no name that could be mapped.
        if not use.model.is_known and use.model.model_id != "other":
            groups[use.population, use.gateway, use.raw_model].append(use)
    for key, group in groups.items():
        mart.rows[key] = {
            "model_id": group[0].model.model_id,
            "requests": total(use.requests for use in group),
            "tokens": sum(use.tokens for use in group),
            "first_seen_on": min(use.day for use in group),
            "last_seen_on": max(use.day for use in group),
        }
    return mart
