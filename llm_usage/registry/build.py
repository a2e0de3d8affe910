"""The refresh: sources and facts kept by hand in, seeds and a list of changes out."""

import csv
import io
from pathlib import Path

from llm_usage.registry import aliases, models, prices, vendors, weights
from llm_usage.registry.names import NameRules, Resolver
from llm_usage.registry.sources import CURATED, RegistryError, Row, Sources, curated

SEEDS: dict[str, tuple[str, ...]] = {
    "registry_models": (
        "model_id",
        "author",
        "model_name",
        "family",
        "released_on",
        "modality",
        "parameters_total_b",
        "parameters_active_b",
        "parameters_source",
        "is_reasoning_model",
        "reasoning_source",
        "context_tokens",
        "source",
    ),
    "registry_model_weights": ("model_id", "weights_class", "valid_from", "source"),
    "registry_authors": ("author", "author_name", "country_code", "origin", "source"),
    "registry_providers": ("provider", "provider_name", "country_code", "source"),
    "registry_provider_aliases": ("alias", "provider"),
    "registry_prices": (
        "model_id",
        "provider",
        "valid_from",
        "valid_to",
        *(f"{kind}_usd_per_million" for kind in prices.KINDS),
        "is_reference",
        "source",
    ),
    "registry_model_aliases": (
        "alias",
        "author",
        "model_id",
        "applies_to",
        "valid_from",
        "valid_to",
        "source",
    ),
}
"""Columns of the seeds that a refresh writes."""

KEYS = {
    "registry_models": ("model_id",),
    "registry_model_weights": ("model_id", "valid_from"),
    "registry_authors": ("author",),
    "registry_providers": ("provider",),
    "registry_provider_aliases": ("alias",),
    "registry_prices": ("model_id", "provider", "valid_from"),
    "registry_model_aliases": ("alias", "author", "valid_from"),
}
NAMED_CHANGES = 20
"""Keys named per kind of change; the rest is counted."""


def refresh(source_folder: Path, seeds_folder: Path) -> list[str]:
    """Rebuild the seeds from a folder of downloaded registries and return what changed.

    Args:
        source_folder: the downloads, under the registries' own file names (docs/registry.md).
        seeds_folder: ``seeds/registry``; its hand-made rule seeds are read, the others written.

    Raises:
        RegistryError: a file is missing or unusable; nothing is written then.
    """
    tables = build(source_folder, seeds_folder)
    lines = []
    for seed, rows in tables.items():
        path = Path(seeds_folder) / f"{seed}.csv"
        lines.extend(_changes(seed, path, rows))
        path.write_text(_text(SEEDS[seed], rows), encoding="utf-8", newline="\n")
    return lines


def build(source_folder: Path, seeds_folder: Path) -> dict[str, list[Row]]:
    """The rows of every seed that a refresh writes; raises RegistryError."""
    sources = Sources(Path(source_folder))
    rules = NameRules.read(Path(seeds_folder))
    found = models.catalogue(sources)
    models.by_hand(found)
    resolver = Resolver(rules)
    for model_id in found:
        resolver.add_model(model_id)
    kept = aliases.curated_aliases(rules, resolver)
    taken = {(row["author"], row["alias"]) for row in kept if row["applies_to"] == "slug"}
    derived = aliases.derived_aliases(found, resolver, taken)
    aliases.register(resolver, kept + derived)
    known = {model.author for model in found.values()} | {
        row["author"] for row in curated("authors.csv")
    }
    models.add_missing(sources, found, resolver, known)
    models.fill_facts(sources, found, resolver)
    for row in kept:
        if row["model_id"] and row["model_id"] not in found:
            raise RegistryError(
                f"{CURATED / 'model_aliases.csv'}: {row['alias']} names the unknown model "
                f"{row['model_id']}"
            )
    providers, provider_aliases = vendors.providers(sources)
    by_alias = {row["alias"]: row["provider"] for row in provider_aliases}
    return {
        "registry_models": _model_rows(found),
        "registry_model_weights": weights.weights(sources, found, resolver),
        "registry_authors": vendors.authors(sources, found),
        "registry_providers": providers,
        "registry_provider_aliases": provider_aliases,
        "registry_prices": prices.prices(sources, found, resolver, by_alias),
        "registry_model_aliases": aliases.rows(kept + derived),
    }


def _model_rows(found: dict[str, models.Model]) -> list[Row]:
    columns = SEEDS["registry_models"]
    return [
        {column: str(getattr(found[model_id], column)) for column in columns}
        for model_id in sorted(found)
    ]


def _text(columns: tuple[str, ...], rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _changes(seed: str, path: Path, rows: list[Row]) -> list[str]:
    """What differs between the seed on disk and the new rows, by key."""
    before: list[Row] = []
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as handle:
            before = list(csv.DictReader(handle))

    def keyed(table: list[Row]) -> dict[str, tuple[str, ...]]:
        return {
            " ".join(row.get(part) or "" for part in KEYS[seed]).strip(): tuple(
                row.get(column) or "" for column in SEEDS[seed]
            )
            for row in table
        }

    old, new = keyed(before), keyed(rows)
    changed = {key for key in old.keys() & new.keys() if old[key] != new[key]}
    kinds = (("added", new.keys() - old.keys()), ("removed", old.keys() - new.keys()))
    lines = []
    for kind, keys in (*kinds, ("changed", changed)):
        if keys:
            named = sorted(keys)[:NAMED_CHANGES]
            more = f" and {len(keys) - len(named)} more" if len(keys) > len(named) else ""
            lines.append(f"{seed}: {len(keys)} {kind}: {', '.join(named)}{more}")
    return lines or [f"{seed}: unchanged, {len(rows)} rows"]
