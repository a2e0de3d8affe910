"""Who comes back to a model."""

import math
from collections import defaultdict
from functools import cache
from typing import Any

from independent.rules import Date, Z, month_after, month_of, months_between, wilson
from independent.tables import Mart, hidden
from independent.world import World

Cohorts = dict[tuple[str, str, Date], set[str]]


def _months(world: World) -> dict[tuple[str, str, str], set[Date]]:
    """In which months an account used a model."""
    found: dict[tuple[str, str, str], set[Date]] = defaultdict(set)
    for use in world.requests:
        if use.account is not None and use.model.model_id != "unknown":
            key = (use.population, use.model.model_id, use.account)
            found[key].add(month_of(use.day))
    return found


@cache
def triangle(world: World) -> dict[tuple[str, str, Date, int], dict[str, Any]]:
    """Cells of the triangles, nothing hidden."""
    months = _months(world)
    cohorts: Cohorts = defaultdict(set)
    for (population, model, account), seen in months.items():
        cohorts[population, model, min(seen)].add(account)
    found = {}
    for (population, model, cohort), accounts in cohorts.items():
        last = months_between(cohort, month_of(world.last_day[population]))
        for age in range(last + 1):
            now = month_after(cohort, age)
            retained = returned = 0
            for account in accounts:
                seen = months[population, model, account]
                if now in seen:
                    retained += 1
                    before = [month for month in seen if month < now]
                    if before and month_after(cohort, age - 1) not in seen:
                        returned += 1
            low, high = wilson(retained, len(accounts))
            found[population, model, cohort, age] = {
                "cohort_accounts": len(accounts),
                "retained_accounts": retained,
                "returned_accounts": returned,
                "retention": retained / len(accounts),
                "retention_low": low,
                "retention_high": high,
                "is_partial": world.is_partial_month(population, now),
            }
    return found


def retention_triangles(world: World) -> Mart:
    """Figure 25."""
    mart = Mart(["population", "model_id", "cohort_month", "months_since"])
    for key, row in triangle(world).items():
        small = row["cohort_accounts"] < world.rules.min_cell_accounts
        mart.rows[key] = hidden(row, small, keep=["is_partial"])
    return mart


@cache
def retention_verdicts(world: World) -> Mart:
    """Which cohorts stay, which come back; partial months are left out."""
    rules = world.rules
    mart = Mart(["population", "model_id", "cohort_month"])
    every = triangle(world)
    cells = {key: row for key, row in every.items() if not row["is_partial"]}
    models: dict[tuple[str, str], set[Date]] = defaultdict(set)
    for population, model, cohort, _ in every:
        models[population, model].add(cohort)
    for (population, model), found in models.items():
        cohorts = sorted(found)
        judged: dict[Date, list[bool]] = {}
        for place, cohort in enumerate(cohorts):
            judged[cohort] = []
            accounts = every[population, model, cohort, 0]["cohort_accounts"]
            # What may not be shown may not be told of by a verdict either.
            least = max(rules.min_cohort_accounts, rules.min_cell_accounts)
            if place >= rules.foundational_cohorts or accounts < least:
                continue
            judged[cohort] = [
                lead
                for age in range(rules.foundational_min_age, 200)
                if (
                    lead := _leads(
                        world, cells, population, model, cohort, cohorts[place + 1 :], age
                    )
                )
                is not None
            ]
        foundational = [cohort for cohort, leads in judged.items() if leads and all(leads)]
        if not any(judged.values()):
            verdict = "too_little_data"
        elif not foundational:
            verdict = "never_frontier"
        elif foundational == cohorts[:1]:
            verdict = "single_launch_cohort"
        else:
            verdict = "foundational"
        for cohort in cohorts:
            first = every[population, model, cohort, 0]
            row = {
                "is_partial": first["is_partial"],
                "cohort_accounts": first["cohort_accounts"],
                "compared_ages": len(judged[cohort]),
                "is_foundational": cohort in foundational,
                "boomerang_month": _boomerang(world, cells, population, model, cohort),
                "verdict": verdict,
            }
            small = first["cohort_accounts"] < rules.min_cell_accounts
            key = (population, model, cohort)
            mart.rows[key] = hidden(row, small, keep=["is_partial", "verdict"])
    return mart


def _leads(
    world: World, cells: Any, population: str, model: str, cohort: Date, later: list[Date], age: int
) -> bool | None:
    """Whether a cohort leads the later ones at an age; None where none of them has come to it."""
    own = cells.get((population, model, cohort, age))
    others = [
        cells[population, model, other, age]
        for other in later
        if (population, model, other, age) in cells
    ]
    if own is None or not others:
        return None
    accounts = sum(row["cohort_accounts"] for row in others)
    retained = sum(row["retained_accounts"] for row in others)
    lead = own["retention"] - retained / accounts
    apart = own["retention_low"] > wilson(retained, accounts)[1]
    return bool(lead >= world.rules.foundational_min_lead - 1e-12 and apart)


def _boomerang(world: World, cells: Any, population: str, model: str, cohort: Date) -> int | None:
    for age in range(2, 200):
        before = cells.get((population, model, cohort, age - 1))
        now = cells.get((population, model, cohort, age))
        if before is None or now is None:
            continue
        accounts = now["cohort_accounts"]
        rise = now["retained_accounts"] - before["retained_accounts"]
        if rise / accounts < world.rules.boomerang_min_rise - 1e-12:
            continue
        pooled = (now["retained_accounts"] + before["retained_accounts"]) / (2 * accounts)
        error = math.sqrt(pooled * (1 - pooled) * 2 / accounts)
        if error > 0 and rise / accounts / error > Z and now["returned_accounts"] >= rise:
            return age
    return None
