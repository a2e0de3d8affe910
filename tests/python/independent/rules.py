"""The variables that the definitions name, and what they do to days, weeks and cells."""

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from zoneinfo import ZoneInfo

Date = datetime.date
Z = 1.96


@dataclass(frozen=True)
class Rules:
    """Variables at their defaults."""

    build_clock: str = ""
    reporting_time_zone: str = "UTC"
    week_starts_on: str = "monday"
    duplicate_horizon_days: int = 7
    max_usd_per_million_tokens: float = 5000
    max_usd_without_tokens: float = 100
    late_after_days: int = 1
    top_n: int = 15
    min_cell_requests: int = 1
    min_cell_accounts: int = 1
    min_tag_confidence: float = 0.5
    min_cohort_accounts: int = 30
    foundational_min_age: int = 3
    foundational_min_lead: float = 0.10
    foundational_cohorts: int = 3
    boomerang_min_rise: float = 0.02

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Rules":
        """The rules of a settings file."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in settings.items() if name in known})

    def day(self, instant: datetime.datetime) -> Date:
        """The reporting day of an instant in UTC."""
        aware = instant.replace(tzinfo=datetime.UTC)
        return aware.astimezone(ZoneInfo(self.reporting_time_zone)).date()

    def week(self, day: Date) -> Date:
        """The first day of a day's week."""
        back = day.isoweekday() % 7 if self.week_starts_on == "sunday" else day.weekday()
        return day - datetime.timedelta(back)

    def is_small(self, requests: int | None, accounts: int) -> bool:
        """Whether a cell is not shown. Totals that others publish hold nobody's accounts."""
        if requests is None:
            return False
        few = self.min_cell_accounts > 1 and accounts < self.min_cell_accounts
        return requests < self.min_cell_requests or few


def month_of(day: Date) -> Date:
    """The first day of a day's month."""
    return day.replace(day=1)


def months_between(first: Date, second: Date) -> int:
    """Whole months from one month to another."""
    return (second.year - first.year) * 12 + second.month - first.month


def month_after(month: Date, ages: int) -> Date:
    """The month some months later."""
    place = month.year * 12 + month.month - 1 + ages
    return Date(place // 12, place % 12 + 1, 1)


def total(values: Iterable[Any]) -> Any:
    """The sum of the known values; None where none is known."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    return math.fsum(known) if any(isinstance(value, float) for value in known) else sum(known)


def part(value: Any, whole: Any) -> float | None:
    """A share: None where the whole is 0 or not known."""
    if value is None or not whole:
        return None
    return value / whole


def percentile(ordered: list[int], fraction: float) -> float:
    """Exact, linearly interpolated between the two values around it."""
    place = fraction * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def median(values: Iterable[float]) -> float | None:
    """The median, None of nothing."""
    ordered = sorted(values)
    return percentile(ordered, 0.5) if ordered else None  # type: ignore[arg-type]


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a proportion after Wilson."""
    rate = successes / trials
    scale = 1 + Z * Z / trials
    centre = (rate + Z * Z / (2 * trials)) / scale
    half = Z / scale * math.sqrt(rate * (1 - rate) / trials + Z * Z / (4 * trials * trials))
    return centre - half, centre + half
