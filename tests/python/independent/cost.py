"""What use costs, and how use answers to cost."""

import math
from collections import defaultdict
from functools import cache
from typing import Any

from independent.rules import Date, Z, median, part, total
from independent.tables import Mart, accounts_of, cells, hidden, model_id
from independent.world import Use, World

QUADRANTS = {
    (True, True): ("premium_workloads", "premium_leaders"),
    (False, True): ("mass_market_volume_drivers", "efficient_giants"),
    (True, False): ("specialized_experts", "premium_specialists"),
    (False, False): ("niche_utilities", "long_tail"),
}


def _priced(uses: list[Use]) -> list[Use]:
    return [use for use in uses if use.spend is not None and not use.is_byok]


def _cost_rows(world: World, groups: dict[Any, list[Use]]) -> dict[Any, dict[str, Any]]:
    rows = {}
    for key, group in groups.items():
        spend = total(use.spend for use in group) or 0.0
        tokens = sum(use.tokens for use in group)
        rows[key] = {
            "requests": len(group),
            "tokens": tokens,
            "spend_usd": spend,
            "usd_per_million": part(spend * 1e6, tokens),
            "is_small": world.rules.is_small(len(group), accounts_of(group)),
        }
    return rows


def _medians(rows: dict[Any, dict[str, Any]]) -> dict[str, dict[str, float | None]]:
    found = {}
    for population in {key[0] for key in rows}:
        own = [row for key, row in rows.items() if key[0] == population]
        found[population] = {
            name: median(row[name] for row in own) for name in ("usd_per_million", "tokens")
        }
    return found


def _place(row: dict[str, Any], medians: dict[str, float | None], word: int) -> str:
    dear = row["usd_per_million"] >= (medians["usd_per_million"] or 0)
    return QUADRANTS[dear, row["tokens"] >= (medians["tokens"] or 0)][word]


@cache
def category_cost_quadrants(world: World) -> Mart:
    """Figure 26."""
    mart = Mart(["population", "category"])
    sample = _priced(world.sampled)
    rows = _cost_rows(world, cells(sample, {"category": lambda use: use.category}))
    placed = {
        key: row
        for key, row in rows.items()
        if key[1] not in ("other", "unknown") and row["usd_per_million"] is not None
    }
    medians = _medians(placed)
    for key, row in rows.items():
        small = row.pop("is_small")
        row["sampled_requests"] = row.pop("requests")
        row["quadrant"] = _place(row, medians[key[0]], 0) if key in placed else None
        row |= {f"median_{name}": value for name, value in medians[key[0]].items()}
        mart.rows[key] = hidden(row, small)
    return mart


@cache
def model_costs(world: World) -> dict[Any, dict[str, Any]]:
    """Cost and use per model, nothing hidden."""
    uses = [use for use in _priced(world.requests) if model_id(use) != "unknown"]
    rows = _cost_rows(world, cells(uses, {"model_id": model_id}))
    for key, group in cells(uses, {"model_id": model_id}).items():
        # Weights may be published within the window: a model is what it ended as.
        last = max(use.day for use in group)
        rows[key]["author"] = group[0].model.author
        rows[key]["weights_class"] = world.registry.weights_class(key[1], last)
    return rows


@cache
def model_cost_usage(world: World) -> Mart:
    """Figures 27 and 28, Table 5."""
    mart = Mart(["population", "model_id"])
    rows = model_costs(world)
    placed = {key: row for key, row in rows.items() if row["spend_usd"] > 0 and row["tokens"]}
    medians = _medians(placed)
    for key, costs in rows.items():
        row = dict(costs)
        small = row.pop("is_small")
        row["archetype"] = _place(row, medians[key[0]], 1) if key in placed else None
        row |= {f"median_{name}": value for name, value in medians[key[0]].items()}
        mart.rows[key] = hidden(row, small, keep=["author", "weights_class"])
    return mart


@cache
def price_elasticity(world: World) -> Mart:
    """How much more is used where it costs less: across models, and from week to week."""
    mart = Mart(["population", "scope", "estimator"])
    costs = model_costs(world)
    weeks = _model_weeks(world)
    priced = [use for use in _priced(world.requests) if model_id(use) != "unknown"]
    for population in {use.population for use in world.requests}:
        for scope in ("all", "open", "closed"):
            inside = {
                key[1]: row
                for key, row in costs.items()
                if key[0] == population
                and scope in ("all", row["weights_class"])
                and row["spend_usd"] > 0
                and row["tokens"]
            }
            points = [
                (math.log10(row["usd_per_million"]), math.log10(row["tokens"]))
                for row in inside.values()
            ]
            changes: dict[Date, list[tuple[float, float]]] = defaultdict(list)
            for (whose, model), of_week in weeks.items():
                if whose != population or model not in inside:
                    continue
                for week, (cost, tokens) in of_week.items():
                    earlier = of_week.get(week - (Date(2025, 1, 8) - Date(2025, 1, 1)))
                    if earlier:
                        changes[week].append((cost - earlier[0], tokens - earlier[1]))
            uses = [
                use for use in priced if use.population == population and model_id(use) in inside
            ]
            small = world.rules.is_small(len(uses), accounts_of(uses))
            for estimator, row in [
                ("cross_section", _line(points)),
                ("weekly_change", _within(changes)),
            ]:
                mart.rows[population, scope, estimator] = hidden(row, small)
    return mart


def _model_weeks(world: World) -> dict[tuple[str, str], dict[Date, tuple[float, float]]]:
    """Logs of cost and tokens of a model in each week with any spend."""
    uses = [use for use in _priced(world.requests) if model_id(use) != "unknown"]
    found: dict[Any, dict[Date, tuple[float, float]]] = defaultdict(dict)
    keys = {"model_id": model_id, "week_start": lambda use: world.rules.week(use.day)}
    for (population, model, week), group in cells(uses, keys).items():
        spend = total(use.spend for use in group)
        tokens = sum(use.tokens for use in group)
        if spend and tokens:
            cost = math.log10(spend * 1e6 / tokens)
            found[population, model][week] = (cost, math.log10(tokens))
    return found


COLUMNS = ["slope", "intercept", "standard_error", "slope_low", "slope_high", "r_squared"]


def _estimate(
    slope: float | None, intercept: float | None, residual: float, spread: float, whole: float,
    freedom: int, observations: int,
) -> dict[str, Any]:  # fmt: skip
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {"observations": observations}
    row["usage_change_for_10_percent_cheaper"] = None
    if slope is None or freedom < 1:
        return row
    row |= {"slope": slope, "intercept": intercept}
    row["usage_change_for_10_percent_cheaper"] = 0.9**slope - 1
    row["r_squared"] = 1 - residual / whole if whole else None
    error = math.sqrt(residual / freedom / spread)
    row |= {
        "standard_error": error,
        "slope_low": slope - Z * error,
        "slope_high": slope + Z * error,
    }
    return row


def _line(points: list[tuple[float, float]]) -> dict[str, Any]:
    """Ordinary least squares with an intercept."""
    count = len(points)
    if count < 2:
        return _estimate(None, None, 0, 0, 0, 0, count)
    mean_x = math.fsum(x for x, _ in points) / count
    mean_y = math.fsum(y for _, y in points) / count
    spread = math.fsum((x - mean_x) ** 2 for x, _ in points)
    if spread == 0:
        return _estimate(None, None, 0, 0, 0, 0, count)
    slope = math.fsum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    intercept = mean_y - slope * mean_x
    residual = math.fsum((y - intercept - slope * x) ** 2 for x, y in points)
    whole = math.fsum((y - mean_y) ** 2 for _, y in points)
    return _estimate(slope, intercept, residual, spread, whole, count - 2, count)


def _within(changes: dict[Date, list[tuple[float, float]]]) -> dict[str, Any]:
    """Through the origin, each change less its mean over the models of the week."""
    points: list[tuple[float, float]] = []
    weeks = 0
    for of_week in changes.values():
        if len(of_week) < 2:
            continue
        weeks += 1
        mean_x = math.fsum(x for x, _ in of_week) / len(of_week)
        mean_y = math.fsum(y for _, y in of_week) / len(of_week)
        points += [(x - mean_x, y - mean_y) for x, y in of_week]
    spread = math.fsum(x * x for x, _ in points)
    if not spread:
        return _estimate(None, None, 0, 0, 0, 0, len(points))
    slope = math.fsum(x * y for x, y in points) / spread
    residual = math.fsum((y - slope * x) ** 2 for x, y in points)
    whole = math.fsum(y * y for _, y in points)
    freedom = len(points) - weeks - 1
    return _estimate(slope, None, residual, spread, whole, freedom, len(points))
