"""Open and closed, authors, models, sizes, concentration."""

from collections import defaultdict

from independent.rules import part, total
from independent.tables import Mart, accounts_of, cells, hidden, largest, model_id, share_mart
from independent.world import Use, World


def _weekly(world: World, mart: Mart) -> Mart:
    """Say of each row whether its week is over."""
    place = mart.key.index("week_start")
    for key, row in mart.rows.items():
        row["is_partial"] = world.is_partial_week(key[0], key[place])
    return mart


weekly = _weekly


def source_shares_weekly(world: World) -> Mart:
    """Figures 1 and 2."""
    keys = {
        "week_start": lambda use: world.rules.week(use.day),
        "weights_class": lambda use: use.weights,
        "origin": lambda use: use.model.origin,
    }
    return _weekly(world, share_mart(world.uses, keys, ["week_start"], world.rules))


def author_totals(world: World) -> Mart:
    """Table 1."""
    keys = {
        "author": lambda use: use.model.author,
        "weights_class": lambda use: use.weights,
    }
    mart = share_mart(world.uses, keys, [], world.rules)
    every = {
        key: total(use.tokens for use in uses) for key, uses in cells(world.uses, keys).items()
    }
    for key, row in mart.rows.items():
        above = [
            other for other, tokens in every.items() if other[0] == key[0] and tokens > every[key]
        ]
        row["rank"] = None if row["is_suppressed"] else len(above) + 1
    return mart


def author_shares_weekly(world: World) -> Mart:
    """Authors by week."""
    keys = {
        "week_start": lambda use: world.rules.week(use.day),
        "author": lambda use: use.model.author,
    }
    return _weekly(world, share_mart(world.uses, keys, ["week_start"], world.rules))


def open_model_shares_weekly(world: World) -> Mart:
    """Figure 3."""
    uses = [use for use in world.uses if use.weights == "open"]
    named = largest(uses, model_id, world.rules.top_n)
    keys = {
        "week_start": lambda use: world.rules.week(use.day),
        "model_id": lambda use: (
            model_id(use) if model_id(use) in named[use.population] else "other"
        ),
    }
    return _weekly(world, share_mart(uses, keys, ["week_start"], world.rules))


def size_tier_shares_weekly(world: World) -> Mart:
    """Figures 4 and 5."""
    uses = [use for use in world.uses if use.weights == "open"]
    keys = {
        "week_start": lambda use: world.rules.week(use.day),
        "size_tier": lambda use: use.model.size_tier,
    }
    of_week: dict[tuple[object, ...], set[str]] = defaultdict(set)
    for use in uses:
        of_week[use.population, world.rules.week(use.day)].add(model_id(use))

    def in_use(key: tuple, group: list[Use], row: dict) -> dict:
        models = len({model_id(use) for use in group})
        share = part(models, len(of_week[key[0], key[1]]))
        return {"models_in_use": models, "models_in_use_share": share}

    return _weekly(world, share_mart(uses, keys, ["week_start"], world.rules, in_use))


def concentration_weekly(world: World) -> Mart:
    """How concentrated use is over models; the pools `unknown` and `other` are none."""
    mart = Mart(["population", "week_start", "scope"])
    keys = {"week_start": lambda use: world.rules.week(use.day)}
    for scope in ("all", "open"):
        uses = [use for use in world.uses if scope == "all" or use.weights == "open"]
        for key, group in cells(uses, keys).items():
            tokens: dict[str, int] = defaultdict(int)
            for use in group:
                tokens[model_id(use)] += use.tokens
            whole = sum(tokens.values())
            shares = sorted(
                (
                    count / whole
                    for name, count in tokens.items()
                    if name not in ("unknown", "other") and whole
                ),
                reverse=True,
            )
            hhi = total(share * share for share in shares)
            row = {
                "requests": total(use.requests for use in group),
                "tokens": whole,
                "top1_share": shares[0] if shares else None,
                "top3_share": total(shares[:3]),
                "hhi": hhi,
                "effective_models": part(1, hhi),
                "models_over_5_percent": sum(share >= 0.05 for share in shares),
            }
            small = world.rules.is_small(row["requests"], accounts_of(group))
            mart.rows[*key, scope] = hidden(row, small)
    return _weekly(world, mart)
