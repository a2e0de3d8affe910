"""Every mart, row by row and column by column, against a second implementation in plain Python.

The log is 50,000 dirty requests (dirty_log.py); the second implementation (independent/) reads its
files and was written from the definitions, without the SQL. Keys agree exactly, numbers to 1e-9.
"""

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SALT, Warehouse
from dirty_log import write_dirty_log
from independent.core import fct_requests
from independent.marts import MARTS
from independent.world import World

# One build each, on a worker each.
SETTINGS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "other variables": {
        "week_starts_on": "sunday",
        # Half an hour beside the others, and summer time ends within the log.
        "reporting_time_zone": "Australia/Adelaide",
        "min_cell_requests": 15,
        "min_cell_accounts": 5,
        "top_n": 5,
        "min_tag_confidence": 0.7,
        "min_cohort_accounts": 8,
        "foundational_min_lead": 0.05,
        "duplicate_horizon_days": 3,
    },
}
# Said in words only: the text of a record, names alike, a name or a source for readers.
UNCHECKED = {
    "fct_rejected_records": {"record"},
    "unmapped_models": {"nearest_known_names"},
    "country_totals": {"country_name"},
    "language_totals": {"language_name"},
    "dim_tags": {"mapped_from"},
    "focus_usage": {
        *("ChargeDescription", "ProviderName", "PublisherName", "ServiceName", "SkuMeter"),
    },
    "study_scorecard": {
        *("position", "figure", "section", "statement", "definition", "unit", "published_value"),
        *("published_low", "published_high", "tolerance", "allowed_low", "allowed_high", "reason"),
        *("parts", "parts_reproduced", "detail", "other_published_value", "followed"),
        *("contradiction", "source"),
    },
    "dim_models": {"author_name", "model_name", "weights_valid_from", "weights_source"},
}


class Built:
    """A warehouse and the second implementation's reading of the same files."""

    def __init__(self, folder: Path, variables: dict[str, Any]) -> None:
        settings = write_dirty_log(folder / "raw") | variables
        self.hides_cells = "min_cell_accounts" in variables
        self.warehouse = Warehouse(folder, data_tests=True)
        self.warehouse.build(settings)
        self.world = World(settings, ROOT / "seeds", SALT)

    def rows(self, name: str) -> list[dict[str, Any]]:
        columns = self.warehouse.query(
            "select column_name from information_schema.columns "
            f"where table_schema = 'main' and table_name = '{name}' order by ordinal_position"
        )
        names = [column for (column,) in columns]
        return [
            dict(zip(names, row, strict=True))
            for row in self.warehouse.query(f"select * from {name}")
        ]


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(variables, id=name, marks=pytest.mark.xdist_group(f"independent {name}"))
        for name, variables in SETTINGS.items()
    ],
)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return Built(tmp_path_factory.mktemp("independent"), request.param)


def agree(found: Any, expected: Any) -> bool:
    if isinstance(found, float) and isinstance(expected, float | int):
        return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12)
    return bool(found == expected)


@pytest.mark.parametrize("name", MARTS)
def test_a_mart_agrees_with_the_second_implementation(built: Built, name: str) -> None:
    expected = MARTS[name](built.world)
    found = {}
    for row in built.rows(name):
        key = tuple(row.pop(column) for column in expected.key)
        if name == "fct_rejected_records":
            key = (*key[:2], Path(key[2]).name, key[3])
        assert key not in found, key
        found[key] = row
    assert len(expected.rows) > 0
    missing = expected.rows.keys() - found.keys()
    more = found.keys() - expected.rows.keys()
    assert not missing and not more, (
        f"{len(missing)} rows missing, {len(more)} too many of {len(expected.rows)}: "
        f"missing {sorted(missing, key=str)[:5]}, too many {sorted(more, key=str)[:5]}"
    )
    differing: Counter[str] = Counter()
    examples: dict[str, Any] = {}
    for key, row in found.items():
        wanted = expected.rows[key]
        if row.get("verdict") == "not_computable":
            # What lacks anything has no value; and of marts that hide cells less is computable.
            wanted["computed_value"] = row["computed_value"]
            wanted["verdict"] = "not_computable" if built.hides_cells else wanted["verdict"]
        for column in row.keys() - UNCHECKED.get(name, set()):
            if column not in wanted:
                differing[column] += 1
                examples.setdefault(column, "not in the second implementation")
            elif not agree(row[column], wanted[column]):
                differing[column] += 1
                examples.setdefault(column, (key, row[column], wanted[column]))
    assert not differing, (dict(differing), len(found), examples)


def test_every_request_agrees_with_the_second_implementation(built: Built) -> None:
    def identity(row: dict[str, Any]) -> tuple[Any, ...]:
        names = ("gateway", "request_id", "requested_at", "tokens", "prompt_tokens", "raw_model")
        return tuple(str(row[name]) for name in names)

    expected = sorted(fct_requests(built.world), key=identity)
    ours = {row["request_id"] for row in expected}
    rows = built.rows("fct_requests")
    assert len(rows) == len(expected)
    for row in rows:
        if row["request_id"] not in ours:
            # A hash stands in where the log has no id.
            assert len(row["request_id"]) == 32
            row["request_id"] = None
    differing: Counter[str] = Counter()
    examples: dict[str, Any] = {}
    for row, wanted in zip(sorted(rows, key=identity), expected, strict=True):
        assert row.keys() == wanted.keys()
        for column, value in row.items():
            if not agree(value, wanted[column]):
                differing[column] += 1
                examples.setdefault(column, (identity(row), value, wanted[column]))
    assert not differing, (dict(differing), examples)


def test_the_log_is_as_dirty_as_it_claims(built: Built) -> None:
    world = built.world
    assert 45_000 < len(world.requests) < 55_000
    assert len(world.duplicates) > 2_000 and len(world.rejected) > 500
    assert len({reason for raw in world.rejected for reason in raw.reasons}) >= 15
    assert len({reason for raw in world.rejected_beside for reason in raw.reasons}) == 4
    assert {use.price_source for use in world.requests} == {"billed", "list", "unpriced"}
    sources = {(use.weights, use.model.origin) for use in world.requests}
    assert len(sources) == 6
    assert len({use.weights for use in world.requests if use.model.model_id == "x-ai/grok-2"}) == 2
    verdicts = {row["verdict"] for row in MARTS["retention_verdicts"](world).rows.values()}
    assert verdicts >= {"too_little_data", "never_frontier", "single_launch_cohort"}
    archetypes = {row["archetype"] for row in MARTS["model_cost_usage"](world).rows.values()}
    assert len(archetypes) == 5
