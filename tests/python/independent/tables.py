"""Marts as tables: rows by key, the three shares, suppression."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from independent.rules import Rules, part, total
from independent.world import Use

Key = tuple[Any, ...]
Keys = Mapping[str, Callable[[Use], Any]]
SHARES = {"token_share": "tokens", "request_share": "requests", "spend_share": "spend_usd"}


@dataclass
class Mart:
    """Rows by key; every row has the same columns."""

    key: list[str]
    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)


def model_id(use: Use) -> str:
    """The model's id."""
    return use.model.model_id


def population(use: Use) -> str:
    """The population."""
    return use.population


def accounts_of(uses: Iterable[Use]) -> int:
    """How many accounts are named."""
    return len({use.account for use in uses} - {None})


def summed(uses: list[Use]) -> dict[str, Any]:
    """Requests, tokens and spend, each None where nothing is known."""
    return {
        "requests": total(use.requests for use in uses),
        "tokens": total(use.tokens for use in uses),
        "spend_usd": total(use.spend for use in uses),
    }


def hidden(row: dict[str, Any], is_suppressed: bool, keep: Iterable[str] = ()) -> dict[str, Any]:
    """A row as it is shown: without measures where its cell is too small."""
    shown = {
        name: value if name in keep or not is_suppressed else None for name, value in row.items()
    }
    return shown | {"is_suppressed": is_suppressed}


def cells(uses: Iterable[Use], keys: Keys) -> dict[Key, list[Use]]:
    """Uses by population and keys; a key that is None leaves the use out."""
    found: dict[Key, list[Use]] = defaultdict(list)
    for use in uses:
        key = (use.population, *(of(use) for of in keys.values()))
        if None not in key:
            found[key].append(use)
    return found


def share_mart(
    uses: Iterable[Use],
    keys: Keys,
    within: list[str],
    rules: Rules,
    more: Callable[[Key, list[Use], dict[str, Any]], dict[str, Any]] | None = None,
) -> Mart:
    """Sums and shares of cells; a parent is the population and the keys in `within`."""
    names = ["population", *keys]
    places = [names.index(name) for name in ["population", *within]]
    groups = cells(uses, keys)
    rows = {key: summed(group) for key, group in groups.items()}
    parents: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for key, row in rows.items():
        parents[tuple(key[place] for place in places)].append(row)
    mart = Mart(names)
    wholes = {
        parent: {name: total(row[name] for row in rows) for name in SHARES.values()}
        for parent, rows in parents.items()
    }
    for key, row in rows.items():
        whole = wholes[tuple(key[place] for place in places)]
        shares = {share: part(row[of], whole[of]) for share, of in SHARES.items()}
        whole_row = row | shares
        if more:
            whole_row |= more(key, groups[key], whole_row)
        small = rules.is_small(row["requests"], accounts_of(groups[key]))
        mart.rows[key] = hidden(whole_row, small)
    return mart


def largest(uses: Iterable[Use], of: Callable[[Use], Any], count: int) -> dict[str, set[Any]]:
    """Of each population the names with the most tokens, ties by name."""
    sums: dict[str, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
    for use in uses:
        sums[use.population][of(use)] += use.tokens
    return {
        population: set(sorted(names, key=lambda name: (-names[name], name))[:count])
        for population, names in sums.items()
    }
