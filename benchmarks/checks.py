"""What must be true of a warehouse after each phase, so that a broken run cannot look fast."""

import datetime
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.logs import Arrival

Day = datetime.date | None
SPEND_TOLERANCE = 1e-12
"""Relative: this harness adds up doubles, in whatever order they come."""


class WrongResult(Exception):
    """A warehouse does not hold what it must; one line per fact."""


@dataclass(frozen=True)
class Facts:
    """What a warehouse says of itself.

    ``days``: by day the raw, accepted, rejected and duplicate records; a null day holds records
    whose time cannot be read. ``usage``: by day the requests, tokens and spend of
    ``fct_usage_daily``. ``rows``: rows of each mart.
    """

    days: dict[Day, tuple[int, int, int, int]]
    usage: dict[Day, tuple[int, int, float]]
    rows: dict[str, int]

    def total(self, place: int) -> int:
        """A count of ``days`` over all days."""
        return sum(counts[place] for counts in self.days.values())


def read_facts(warehouse: Path) -> Facts:
    """Read the facts of a built warehouse."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        days = connection.execute(
            "select usage_date, sum(raw_records)::bigint, sum(accepted_records)::bigint, "
            "sum(rejected_records)::bigint, sum(duplicate_records)::bigint "
            "from data_quality_daily group by all"
        ).fetchall()
        usage = connection.execute(
            "select usage_date, sum(requests)::bigint, sum(tokens)::bigint, "
            "coalesce(fsum(spend_usd), 0) from fct_usage_daily group by all"
        ).fetchall()
        marts = connection.execute(
            "select table_name, estimated_size from duckdb_tables() where schema_name = 'main'"
        ).fetchall()
    return Facts(
        days={day: tuple(counts) for day, *counts in days},  # type: ignore[misc]
        usage={day: tuple(sums) for day, *sums in usage},  # type: ignore[misc]
        rows=dict(marts),
    )


def check_any(facts: Facts, records: int) -> None:
    """Hold a warehouse against the log's own footers and itself.

    :param records: raw records that the log's Parquet files say they hold.
    :raises WrongResult: counts do not add up, or a mart has no rows.
    """
    wrong = []
    if facts.total(0) != records:
        wrong.append(f"data_quality_daily counts {facts.total(0):,} of {records:,} records")
    unequal = [day for day, counts in facts.days.items() if counts[0] != sum(counts[1:])]
    if unequal:
        wrong.append(f"raw is not accepted + rejected + duplicate on {len(unequal)} days")
    counted = sum(requests for requests, _, _ in facts.usage.values())
    if counted != facts.total(1):
        wrong.append(f"fct_usage_daily holds {counted:,} of {facts.total(1):,} accepted requests")
    if facts.total(1) < 0.9 * records:
        wrong.append(f"only {facts.total(1):,} of {records:,} records were accepted")
    empty = sorted(mart for mart, rows in facts.rows.items() if rows == 0)
    if empty:
        wrong.append(f"no rows in {', '.join(empty)}")
    _raise(wrong)


def check_equal(facts: Facts, before: Facts) -> None:
    """Nothing that is counted has changed.

    :raises WrongResult: a day or the rows of a mart differ.
    """
    wrong = [f"{day}: records differ" for day in _differing(facts.days, before.days)]
    wrong += [f"{day}: usage differs" for day in _differing(facts.usage, before.usage)]
    wrong += [f"{mart}: rows differ" for mart in _differing(facts.rows, before.rows)]
    _raise(wrong)


def check_arrived(facts: Facts, before: Facts, arrival: Arrival) -> None:
    """An arrived file's days have changed by its records, and no other day has.

    :raises WrongResult: a day lacks records, or a day that was not touched differs.
    """
    wrong = []
    for day in _differing(facts.days, before.days):
        if day not in arrival.records_by_day:
            wrong.append(f"{day}: records differ, though none arrived for it")
    for day in _differing(facts.usage, before.usage):
        if day not in arrival.records_by_day:
            wrong.append(f"{day}: usage differs, though nothing arrived for it")
    for day, records in arrival.records_by_day.items():
        gained = facts.days.get(day, (0,))[0] - before.days.get(day, (0,))[0]
        if gained != records:
            wrong.append(f"{day}: {gained:,} records more, {records:,} arrived")
        used = facts.usage.get(day, (0,))[0] - before.usage.get(day, (0,))[0]
        accepted = facts.days.get(day, (0, 0))[1] - before.days.get(day, (0, 0))[1]
        if used != accepted or used <= 0:
            wrong.append(f"{day}: {used:,} requests more in fct_usage_daily, {accepted:,} accepted")
    _raise(wrong)


def _differing(found: dict[Any, Any], before: dict[Any, Any]) -> list[Any]:
    return [
        key
        for key in found.keys() | before.keys()
        if key not in found or key not in before or not _equal(found[key], before[key])
    ]


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, tuple):
        return all(map(_equal, one, other))
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=SPEND_TOLERANCE, abs_tol=SPEND_TOLERANCE)
    return bool(one == other)


def _raise(wrong: list[str]) -> None:
    if wrong:
        more = [f"… and {len(wrong) - 10} more"] if len(wrong) > 10 else []
        raise WrongResult("\n".join([*wrong[:10], *more]))
