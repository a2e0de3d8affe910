"""Regions, countries and languages."""

from collections.abc import Callable

from independent.market import weekly
from independent.rules import part, total
from independent.tables import Mart, cells, share_mart
from independent.world import Use, World


def region_shares_weekly(world: World) -> Mart:
    """Figure 24."""
    keys = {
        "week_start": lambda use: world.rules.week(use.day),
        "continent": lambda use: use.continent,
    }
    return weekly(world, share_mart(world.requests, keys, ["week_start"], world.rules))


def _totals(world: World, name: str, of: Callable[[Use], str]) -> Mart:
    keys = {name: of}
    mart = share_mart(world.requests, keys, [], world.rules)
    every = {
        key: total(use.tokens for use in uses) for key, uses in cells(world.requests, keys).items()
    }
    for key, row in mart.rows.items():
        above = [
            other for other, tokens in every.items() if other[0] == key[0] and tokens > every[key]
        ]
        row["rank"] = None if row["is_suppressed"] else len(above) + 1
    return mart


def region_totals(world: World) -> Mart:
    """Table 2."""
    return _totals(world, "continent", lambda use: use.continent)


def country_totals(world: World) -> Mart:
    """Table 3, against the world's working-age population."""
    mart = _totals(world, "country_code", lambda use: use.country)
    people = world.registry.people
    for (_, country), row in mart.rows.items():
        row["continent"] = world.registry.continents.get(country, "unknown")
        share = row["token_share"]
        of_people = people[country] / people["world"] if country in people else None
        row["usage_index"] = None if share is None else part(share, of_people)
    return mart


def language_totals(world: World) -> Mart:
    """Table 4."""
    return _totals(world, "language", lambda use: use.language)
