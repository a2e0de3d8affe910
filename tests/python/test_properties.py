"""What holds of every log, tried on random dirty ones: one build reads them all, each a population.

Each log stands three times: in one file; shuffled and cut into several; and a file per day, of
which a first build sees the earlier days only.
"""

import datetime
import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from conftest import Warehouse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from log_files import write_json_lines

pytestmark = pytest.mark.xdist_group("properties")

LOGS = 8
VARIANTS = ("whole", "split", "steps")
FIRST_DAY = datetime.date(2025, 2, 20)
Record = dict[str, Any]

MODELS = [
    "openai/gpt-4o-mini",
    "OpenAI/GPT-4o-mini ",
    "deepseek/deepseek-r1",
    "meta-llama/llama-3.1-8b-instruct",
    "x-ai/grok-4",
    "acme/own-model",
    "house bot",
    "",
    "[REDACTED]",
]


def mostly(good: st.SearchStrategy[Any], bad: list[Any]) -> st.SearchStrategy[Any]:
    """Broken in one of twenty: a record has several fields, and most should be read."""
    broken = st.sampled_from(bad)
    return st.sampled_from(range(20)).flatmap(lambda draw: good if draw else broken)


COUNTS = mostly(
    st.integers(0, 5_000), [None, -1, 10**12, 10**12 + 1, 1.5, "12", "many", float("inf")]
)


def request_records() -> st.SearchStrategy[Record]:
    """A record: valid more often than not, its keys few, so that they meet again."""
    instants = st.builds(
        lambda day, second: (
            f"{FIRST_DAY + datetime.timedelta(day)} {datetime.timedelta(seconds=second)}"
        ),
        st.integers(0, 75),
        st.sampled_from([0, 1, 43_200, 86_399]),
    )
    broken_instants = [None, "", "yesterday", "2014-12-31 23:59:59", "2031-01-01"]
    return st.fixed_dictionaries(
        {
            "request_id": st.sampled_from([None, *(f"r{number}" for number in range(20))]),
            "requested_at": mostly(instants, broken_instants),
            "model": mostly(st.sampled_from(MODELS), [None]),
            "prompt_tokens": COUNTS,
            "completion_tokens": COUNTS,
            "cached_tokens": st.one_of(st.none(), st.integers(0, 900)),
            "reasoning_tokens": st.one_of(st.none(), st.integers(0, 900)),
            "account_id": st.sampled_from([None, "a", "b", "c", "d", " a "]),
            "provider": st.sampled_from([None, "OpenAI", "Azure", "somewhere"]),
            "billed_usd": mostly(
                st.sampled_from([None, 0, 1e-7, 0.0004]), [-1, "free", 4_000, float("nan")]
            ),
            "finish_reason": st.sampled_from([None, "stop", "tool_calls", "odd"]),
            "tool_calls": st.sampled_from([None, 0, 2]),
            "country_code": st.sampled_from([None, "US", "de", "ZZ"]),
            "language": st.sampled_from([None, "en-US", "zh", "klingon"]),
        }
    )


def random_logs() -> list[list[Record]]:
    """As many logs as one build reads: hypothesis writes them, the same each time."""
    logs: list[list[Record]] = []

    @settings(
        max_examples=LOGS,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(request_records(), min_size=40, max_size=80))
    def collect(log: list[Record]) -> None:
        # Copies, which streams and retries leave.
        logs.append([*log, *log[:3]])

    collect()
    return logs


def day_of(record: Record) -> str:
    """The day that a log would put a record under; what has none arrives at the beginning."""
    when = record["requested_at"] or ""
    return when[:10] if when.startswith("2025") else ""


class Properties:
    """The random logs and the warehouse that holds them all."""

    def __init__(self, folder: Path) -> None:
        self.logs = random_logs()
        self.warehouse = Warehouse(folder / "place")
        self.warehouse.folder.mkdir()
        draw = random.Random(7)
        self.settings: dict[str, Any] = {"build_clock": "2026-01-01 00:00:00", "gateways": []}
        later: list[tuple[Path, list[Record]]] = []
        for number, log in enumerate(self.logs):
            for variant in VARIANTS:
                name = self.name(number, variant)
                (folder / name).mkdir()
                self.settings["gateways"].append(
                    {
                        "name": name,
                        "population": name,
                        "format": "table",
                        "location": str(folder / name),
                    }
                )
            write_json_lines(folder / self.name(number, "whole") / "all.jsonl", log)
            shuffled = draw.sample(log, len(log))
            parts = draw.randint(2, 5)
            for part in range(parts):
                write_json_lines(
                    folder / self.name(number, "split") / f"{parts - part}.jsonl",
                    shuffled[part::parts],
                )
            days = sorted({day_of(record) for record in log})
            for place, day in enumerate(days):
                file = folder / self.name(number, "steps") / f"part-{place}.jsonl"
                records = [record for record in log if day_of(record) == day]
                if place <= len(days) // 2:
                    write_json_lines(file, records)
                else:
                    later.append((file, records))
        self.warehouse.build(self.settings)
        for file, records in later:
            write_json_lines(file, records)
        self.warehouse.build(self.settings)

    @staticmethod
    def name(number: int, variant: str) -> str:
        return f"log{number}_{variant}"

    def columns(self, mart: str) -> list[str]:
        return [row[0] for row in self.warehouse.query(f"describe {mart}")]

    def by_population(self, mart: str, columns: Iterable[str]) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of each log; what is named after the log is called the same for all."""
        selected = ", ".join(f'"{column}"' for column in columns)
        found: dict[str, list[tuple[Any, ...]]] = {}
        for population, *row in self.warehouse.query(
            f"select population, {selected} from {mart} order by all"
        ):
            named = ("log" if value == population else value for value in row)
            found.setdefault(population, []).append(tuple(named))
        return found


@pytest.fixture(scope="module")
def properties(tmp_path_factory: pytest.TempPathFactory) -> Properties:
    return Properties(tmp_path_factory.mktemp("properties"))


def test_the_random_logs_are_dirty(properties: Properties) -> None:
    reasons = properties.warehouse.query("select count(distinct reasons) from fct_rejected_records")
    assert reasons[0][0] > 12
    ((accepted, rejected, duplicates),) = properties.warehouse.query(
        "select sum(accepted_records), sum(rejected_records), sum(duplicate_records) "
        "from data_quality_daily"
    )
    assert min(accepted, rejected, duplicates) > 100


def test_every_record_is_accepted_rejected_or_a_duplicate(properties: Properties) -> None:
    counts = {
        population: parts
        for population, *parts in properties.warehouse.query(
            "select population, sum(raw_records), sum(accepted_records), sum(rejected_records), "
            "sum(duplicate_records), sum(cast(raw_records <> accepted_records + rejected_records "
            "+ duplicate_records as integer)) from data_quality_daily group by 1"
        )
    }
    requests = dict(
        properties.warehouse.query("select population, count(*) from fct_requests group by 1")
    )
    rejects = dict(
        properties.warehouse.query(
            "select population, count(*) from fct_rejected_records group by 1"
        )
    )
    for number, log in enumerate(properties.logs):
        for variant in VARIANTS:
            name = properties.name(number, variant)
            raw, accepted, rejected, duplicates, days_that_differ = counts[name]
            assert raw == len(log) == accepted + rejected + duplicates, (name, json.dumps(log))
            assert days_that_differ == 0
            assert (accepted, rejected) == (requests.get(name, 0), rejects.get(name, 0)), name


@pytest.mark.parametrize("variant", ["split", "steps"])
def test_order_split_and_days_of_arrival_do_not_matter(
    properties: Properties, variant: str
) -> None:
    marts = properties.warehouse.query(
        "select table_name from information_schema.columns "
        "where table_schema = 'main' and column_name = 'population' order by 1"
    )
    assert len(marts) > 25
    for (mart,) in marts:
        columns = set(properties.columns(mart)) - {"population"}
        if mart == "fct_rejected_records":
            # Where a record stands is all that may differ.
            columns -= {"source_file", "record_key"}
        found = properties.by_population(mart, sorted(columns))
        for number, log in enumerate(properties.logs):
            whole = found.get(properties.name(number, "whole"))
            other = found.get(properties.name(number, variant))
            assert other == whole, (mart, number, json.dumps(log))


@pytest.mark.parametrize(
    ("mart", "parent"),
    [
        ("source_shares_weekly", "population, week_start"),
        ("author_totals", "population"),
        ("author_shares_weekly", "population, week_start"),
        ("size_tier_shares_weekly", "population, week_start"),
        ("open_model_shares_weekly", "population, week_start"),
        ("reasoning_models_weekly", "population, week_start"),
        ("region_shares_weekly", "population, week_start"),
        ("region_totals", "population"),
        ("country_totals", "population"),
        ("language_totals", "population"),
    ],
)
def test_shares_sum_to_one(properties: Properties, mart: str, parent: str) -> None:
    shares = sorted(set(properties.columns(mart)) & {"token_share", "request_share", "spend_share"})
    assert shares
    for share in shares:
        sums = properties.warehouse.query(
            f"select {parent}, sum({share}) from {mart} group by {parent} "
            f"having sum({share}) is not null"
        )
        assert sums, share
        assert all(abs(row[-1] - 1) <= 1e-9 for row in sums), (share, sums)


def test_retention_is_a_part_and_begins_whole(properties: Properties) -> None:
    triangles = properties.warehouse.query(
        "select months_since, cohort_accounts, retained_accounts, retention, retention_low, "
        "retention_high from retention_triangles"
    )
    assert len({row[0] for row in triangles}) > 2
    for months_since, cohort, retained, retention, low, high in triangles:
        assert 0 <= retained <= cohort and cohort > 0
        assert retention == retained / cohort
        assert 0 <= low <= retention <= high <= 1
        assert months_since or retained == cohort
