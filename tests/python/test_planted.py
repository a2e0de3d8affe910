"""What is planted in a log comes back from its marts, within what the draw alone allows.

Every bound is four standard errors worked out from the design (a chance of 6 in 100,000 each), or
the coverage that an interval promises. One build holds all truths of three seeds, each in a
population of its own (planted_log.py).
"""

import collections
import datetime
import math
from statistics import NormalDist
from typing import Any

import numpy as np
import planted_log as log
import pytest
from conftest import Warehouse

# One worker: they share one build.
pytestmark = pytest.mark.xdist_group("planted")

SEEDS = (1, 2, 3)
ERRORS = 4


class Built:
    """The warehouse of all seeds, and one seed's truths in it."""

    def __init__(self, warehouse: Warehouse, planted: log.Planted) -> None:
        self.warehouse = warehouse
        self.planted = planted

    def rows(self, columns: str, mart: str, truth: str, where: str = "true") -> list[Any]:
        return self.warehouse.query(
            f"select {columns} from {mart} "
            f"where population = '{truth}_{self.planted.seed}' and {where}"
        )

    def table(self, columns: str, mart: str, truth: str) -> dict[Any, Any]:
        """Rows by all columns but the last."""
        return {row[:-1]: row[-1] for row in self.rows(columns, mart, truth)}


@pytest.fixture(scope="session")
def plantings(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Warehouse, dict[int, log.Planted]]:
    folder = tmp_path_factory.mktemp("planted")
    settings, plantings = log.write_planted_logs(folder, SEEDS)
    warehouse = Warehouse(folder)
    warehouse.build(settings)
    return warehouse, {planted.seed: planted for planted in plantings}


@pytest.fixture(params=SEEDS)
def built(
    request: pytest.FixtureRequest, plantings: tuple[Warehouse, dict[int, log.Planted]]
) -> Built:
    warehouse, by_seed = plantings
    return Built(warehouse, by_seed[request.param])


def ratio_error(share: float, tokens: list[int]) -> float:
    """Standard error of a share of tokens when each request belongs with the same chance."""
    return math.sqrt(share * (1 - share) * sum(n * n for n in tokens)) / sum(tokens)


def test_shares_of_open_and_closed_models(built: Built) -> None:
    found = built.table(
        "week_start, weights_class, origin, token_share", "source_shares_weekly", "topics"
    )
    assert len(found) == log.TOPIC_WEEKS * len(log.CLASS_SHARES)
    for (week, weights, origin), share in found.items():
        planted = log.CLASS_SHARES[weights, origin]
        error = ratio_error(planted, built.planted.class_tokens[week])
        assert abs(share - planted) < ERRORS * error, (week, weights, origin)


def test_requests_share_as_they_were_drawn(built: Built) -> None:
    found = built.table(
        "week_start, weights_class, origin, request_share", "source_shares_weekly", "topics"
    )
    for (week, weights, origin), share in found.items():
        planted = log.CLASS_SHARES[weights, origin]
        error = math.sqrt(planted * (1 - planted) / len(built.planted.class_tokens[week]))
        assert abs(share - planted) < ERRORS * error, (week, weights, origin)


def test_categories_of_a_sample_tell_those_of_the_whole_log(built: Built) -> None:
    """The interval is of the sampling: it must hold the share of the log, read in full."""
    rows = built.rows(
        "week_start, category, token_share, token_share_low, token_share_high",
        "category_shares_weekly",
        "topics",
        "scope = 'all'",
    )
    known = [category for category in log.CATEGORY_SHARES if category != "other"]
    assert {(week, category) for week, category, *_ in rows} == {
        key for key in built.planted.topic_tokens if key[1] != "other"
    }
    inside = 0
    for week, category, share, low, high in rows:
        whole = sum(sum(built.planted.topic_tokens[week, name]) for name in known)
        truth = sum(built.planted.topic_tokens[week, category]) / whole
        error = (high - share) / 1.96
        assert low == pytest.approx(max(0.0, share - 1.96 * error))
        assert abs(share - truth) < ERRORS * error, (week, category)
        inside += low <= truth <= high
    # Of 24 intervals of 95 %, fewer than 18 hold the truth once in 8,000 builds.
    assert inside >= 18


def test_categories_come_back_as_they_were_drawn(built: Built) -> None:
    """Over the four weeks, against the figures that the log was drawn from."""
    found = built.rows(
        "category, sampled_requests", "category_shares_weekly", "topics", "scope = 'all'"
    )
    counts: collections.Counter[str] = collections.Counter()
    for category, sampled in found:
        counts[category] += sampled
    requests = counts.total()
    whole = 1 - log.CATEGORY_SHARES["other"]
    for category, count in counts.items():
        planted = log.CATEGORY_SHARES[category] / whole
        error = math.sqrt(planted * (1 - planted) / requests)
        assert abs(count / requests - planted) < ERRORS * error, category


def month(number: int) -> datetime.date:
    return log.FIRST_MONTH.replace(month=1 + number)


def test_retention_curves(built: Built) -> None:
    found = built.table(
        "model_id, cohort_month, months_since, retention", "retention_triangles", "cohorts"
    )
    for model, curves in log.RETENTION.items():
        for cohort, curve in enumerate(curves):
            for age in range(log.MONTHS - cohort):
                planted = curve[age]
                error = math.sqrt(planted * (1 - planted) / log.COHORT_ACCOUNTS)
                share = found[model, month(cohort), age]
                assert abs(share - planted) <= ERRORS * error, (model, cohort, age)
            assert (model, month(cohort), log.MONTHS - cohort) not in found


def test_retention_intervals_cover(built: Built) -> None:
    """A Wilson interval of 95 % holds the planted rate about 95 times in 100."""
    rows = built.rows(
        "model_id, cohort_month, months_since, retention_low, retention_high",
        "retention_triangles",
        "cohorts",
        "months_since > 0",
    )
    inside = [
        low <= log.RETENTION[model][cohort.month - 1][age] <= high
        for model, cohort, age, low, high in rows
        if model in log.RETENTION
    ]
    error = math.sqrt(0.95 * 0.05 / len(inside))
    assert len(inside) == 4 * (7 + 6 + 5 + 4)
    assert abs(sum(inside) / len(inside) - 0.95) < ERRORS * error


def test_verdicts(built: Built) -> None:
    found = built.table("model_id, cohort_month, verdict", "retention_verdicts", "cohorts")
    assert {key[0]: verdict for key, verdict in found.items()} == log.VERDICTS
    foundational = built.table(
        "model_id, cohort_month, is_foundational", "retention_verdicts", "cohorts"
    )
    assert {key for key, is_so in foundational.items() if is_so} == {
        ("anthropic/claude-sonnet-4", month(1)),
        ("openai/gpt-4o-mini", month(0)),
    }


def test_boomerang(built: Built) -> None:
    found = built.table("model_id, cohort_month, boomerang_month", "retention_verdicts", "cohorts")
    # Ten accounts come and go by chance.
    rises = {key: age for key, age in found.items() if age is not None and key[0] in log.RETENTION}
    assert rises == {("deepseek/deepseek-r1", month(3)): 3}


def elasticity(built: Built, estimator: str) -> list[float]:
    ((*row,),) = built.rows(
        "slope, slope_low, slope_high, standard_error, observations, "
        "usage_change_for_10_percent_cheaper",
        "price_elasticity",
        "prices",
        f"scope = 'all' and estimator = '{estimator}'",
    )
    return row


def test_elasticity_across_models(built: Built) -> None:
    slope, low, high, error, observations, change = elasticity(built, "cross_section")
    assert observations == log.PRICE_MODELS
    level = built.planted.prices.mean(axis=1)
    # A model's tokens of ten weeks scatter by its size, and a little by the weeks' noise.
    weekly = ((log.SLOPE_WITHIN * log.PRICE_MOVES) ** 2 + log.NOISE_WITHIN**2) / log.PRICE_WEEKS
    noise = math.sqrt(log.NOISE_ACROSS**2 + weekly)
    planned = noise / math.sqrt(((level - level.mean()) ** 2).sum())
    assert abs(slope - log.SLOPE_ACROSS) < ERRORS * planned
    # A standard error of 30 points lies within half of itself of the planned one.
    assert error == pytest.approx(planned, rel=0.5)
    assert (low, high) == pytest.approx((slope - 1.96 * error, slope + 1.96 * error))
    assert change == pytest.approx(0.9**slope - 1)


def test_elasticity_from_week_to_week(built: Built) -> None:
    slope, *_, observations, _ = elasticity(built, "weekly_change")
    assert observations == log.PRICE_MODELS * (log.PRICE_WEEKS - 1)
    changes = np.diff(built.planted.prices, axis=1)
    changes -= changes.mean(axis=0)
    # Each week's noise stands in two changes, once with either sign.
    weights = np.pad(changes, ((0, 0), (1, 0))) - np.pad(changes, ((0, 0), (0, 1)))
    planned = log.NOISE_WITHIN * math.sqrt((weights**2).sum()) / (changes**2).sum()
    assert abs(slope - log.SLOPE_WITHIN) < ERRORS * planned


@pytest.mark.parametrize(
    ("column", "parameters"),
    [("prompt_tokens", log.PROMPT_LOG), ("completion_tokens", log.COMPLETION_LOG)],
)
def test_lengths_of_sequences(built: Built, column: str, parameters: tuple[float, float]) -> None:
    ((requests, mean, *found),) = built.rows(
        f"requests, {column}_mean, {column}_p50, {column}_p90, {column}_p99",
        "sequence_lengths_weekly",
        "lengths",
        "scope = 'all'",
    )
    assert requests == log.LENGTH_REQUESTS
    centre, spread = parameters
    planted = math.exp(centre + spread**2 / 2)
    deviation = planted * math.sqrt(math.exp(spread**2) - 1)
    assert abs(mean - planted) < ERRORS * deviation / math.sqrt(requests) + 0.5
    for fraction, value in zip((0.5, 0.9, 0.99), found, strict=True):
        place = NormalDist().inv_cdf(fraction)
        planted = math.exp(centre + spread * place)
        density = NormalDist().pdf(place) / (spread * planted)
        error = math.sqrt(fraction * (1 - fraction) / requests) / density
        # Half a token for rounding.
        assert abs(value - planted) < ERRORS * error + 0.5, fraction


def test_tool_calls_with_and_without_the_huge_account(built: Built) -> None:
    rows = sorted(
        built.rows(
            "week_start, token_share, token_share_without_largest_account, request_share, "
            "request_share_without_largest_account",
            "tool_call_shares_weekly",
            "tools",
        )
    )
    assert len(rows) == log.TOOL_WEEKS
    for number, (week, share, rest, request_share, request_rest) in enumerate(rows):
        tokens = built.planted.tool_tokens[week]
        error = ERRORS * ratio_error(log.TOOL_SHARE, tokens)
        request_error = ERRORS * math.sqrt(
            log.TOOL_SHARE * (1 - log.TOOL_SHARE) / log.TOOL_REQUESTS
        )
        if number != log.HUGE_WEEK:
            assert abs(share - log.TOOL_SHARE) < error
            assert abs(request_share - log.TOOL_SHARE) < request_error
            # Who is left out now is one of 500: a call or two of some tokens.
            assert 0 <= share - rest < 0.05
            continue
        assert abs(rest - log.TOOL_SHARE) < error
        assert abs(request_rest - log.TOOL_SHARE) < request_error
        huge, others = built.planted.huge_tokens, sum(tokens)
        planted = (huge + log.TOOL_SHARE * others) / (huge + others)
        assert abs(share - planted) < error * others / (huge + others)
        assert share > rest + 0.2
