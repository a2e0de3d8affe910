"""Of what requests are about: a classified sample."""

import math
from collections import defaultdict
from collections.abc import Callable

from independent.market import weekly
from independent.rules import Z, part
from independent.tables import SHARES, Key, Keys, Mart, accounts_of, cells, hidden, summed
from independent.world import Use, World


def sampled_mart(world: World, uses: list[Use], keys: Keys, within: list[str]) -> Mart:
    """Shares of the classified sample, with the interval that the sampling leaves."""
    names = ["population", *keys]
    places = [names.index(name) for name in ["population", *within]]
    groups = cells(uses, keys)
    parents: dict[Key, list[Use]] = defaultdict(list)
    for key, group in groups.items():
        parents[tuple(key[place] for place in places)] += group
    mart = Mart(names)
    for key, group in groups.items():
        parent = parents[tuple(key[place] for place in places)]
        row, whole = summed(group), summed(parent)
        row |= {share: part(row[of], whole[of]) for share, of in SHARES.items()}
        row["sampled_requests"] = row.pop("requests")
        share, tokens = row["token_share"], whole["tokens"]
        row |= {"token_share_low": None, "token_share_high": None}
        if share is not None:
            inside = {id(use) for use in group}
            spread = math.fsum(
                (1 - (use.sampling_rate or 1)) * (use.tokens * ((id(use) in inside) - share)) ** 2
                for use in parent
            )
            error = math.sqrt(spread) / tokens
            row["token_share_low"] = max(0.0, share - Z * error)
            row["token_share_high"] = min(1.0, share + Z * error)
        mart.rows[key] = hidden(row, world.rules.is_small(len(group), accounts_of(group)))
    return mart


SCOPES: dict[str, Callable[[Use], bool]] = {
    "all": lambda use: True,
    "open": lambda use: use.weights == "open",
    "open_china": lambda use: use.weights == "open" and use.model.origin == "china",
    "open_rest_of_world": (
        lambda use: use.weights == "open" and use.model.origin == "rest_of_world"
    ),
    "closed": lambda use: use.weights == "closed",
}


def _known(world: World) -> list[Use]:
    """The sample without `other`."""
    return [use for use in world.sampled if use.category != "other"]


def category_shares_weekly(world: World) -> Mart:
    """Figures 6, 7 and 19."""
    mart = Mart(["population", "week_start", "scope", "category"])
    for scope, belongs in SCOPES.items():
        uses = [use for use in _known(world) if belongs(use)]
        keys = {
            "week_start": lambda use: world.rules.week(use.day),
            "scope": lambda use, scope=scope: scope,
            "category": lambda use: use.category,
        }
        mart.rows |= sampled_mart(world, uses, keys, ["week_start", "scope"]).rows
    return weekly(world, mart)


def category_sources_weekly(world: World) -> Mart:
    """Figures 8 and 9."""
    keys = {
        "week_start": lambda use: world.rules.week(use.day),
        "category": lambda use: use.category,
        "weights_class": lambda use: use.weights,
        "origin": lambda use: use.model.origin,
    }
    mart = sampled_mart(world, _known(world), keys, ["week_start", "category"])
    return weekly(world, mart)


def category_authors_weekly(world: World) -> Mart:
    """Figure 20: the authors that earn most with a category over the window, the rest pooled."""
    uses = _known(world)
    earned: dict[Key, dict[str, tuple[float, int]]] = defaultdict(dict)
    keys = {"category": lambda use: use.category, "author": lambda use: use.model.author}
    for (population, category, author), group in cells(uses, keys).items():
        sums = summed(group)
        earned[population, category][author] = (sums["spend_usd"] or 0.0, sums["tokens"])
    named = {
        of: set(sorted(authors, key=lambda name: (-authors[name][0], -authors[name][1], name))[
            : world.rules.top_n
        ])
        for of, authors in earned.items()
    }  # fmt: skip
    keys = {
        "week_start": lambda use: world.rules.week(use.day),
        "category": lambda use: use.category,
        "author": lambda use: (
            use.model.author if use.model.author in named[use.population, use.category] else "other"
        ),
    }
    return weekly(world, sampled_mart(world, uses, keys, ["week_start", "category"]))


def tag_composition(world: World) -> Mart:
    """Figures 21 and 29."""
    keys = {"category": lambda use: use.category, "tag": lambda use: use.tag}
    return sampled_mart(world, _known(world), keys, ["category"])


def provider_profiles_weekly(world: World) -> Mart:
    """Figures 22 and 23."""
    keys = {
        "week_start": lambda use: world.rules.week(use.day),
        "author": lambda use: use.model.author,
        "category": lambda use: use.category,
    }
    mart = sampled_mart(world, _known(world), keys, ["week_start", "author"])
    return weekly(world, mart)


def dim_tags(world: World) -> Mart:
    """Every tag of the taxonomy and of the logs."""
    mart = Mart(["tag"])
    for tag in {*world.registry.tags, *world.tags}:
        category, study_category = world.registry.places(tag)
        mart.rows[tag,] = {"category": category, "study_category": study_category}
    return mart
