"""The demo: the same rows every time, the dirt it promises, and the study's values back."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import ROOT, Warehouse

from llm_usage.demo import SAMPLING_RATE, write_demo
from llm_usage.demo.planning import CATEGORIES, OTHER, make_plan, read_models, read_rows

DEMO = "demo"


def settings(folder: Path) -> dict[str, Any]:
    return {
        "gateways": [
            {
                "name": "demo",
                "format": "table",
                "location": f"{folder}/requests/**/*.parquet",
                "tags": {"location": f"{folder}/tags/*.parquet", "sampling_rate": SAMPLING_RATE},
                "accounts": {"location": f"{folder}/accounts/*.parquet"},
            }
        ]
    }


def rows(folder: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(
            f"select * from read_parquet('{folder}/requests/**/*.parquet') order by all"
        ).fetchall()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder, 20_000, seed=3)
    return folder


@pytest.mark.xdist_group(DEMO)
def test_the_same_seed_writes_the_same_rows(written: Path, tmp_path: Path) -> None:
    again = write_demo(tmp_path, 20_000, seed=3)
    assert rows(tmp_path) == rows(written)
    assert again.records == len(rows(written))


@pytest.mark.xdist_group(DEMO)
def test_another_seed_writes_other_rows_of_the_same_shape(written: Path, tmp_path: Path) -> None:
    write_demo(tmp_path, 20_000, seed=4)
    ours, theirs = rows(written), rows(tmp_path)
    assert not set(ours) & set(theirs)
    assert abs(len(ours) - len(theirs)) < 0.01 * len(ours)


@pytest.mark.xdist_group(DEMO)
def test_what_stood_there_is_replaced(written: Path) -> None:
    before = rows(written)
    write_demo(written, 20_000, seed=3)
    assert rows(written) == before


def test_every_name_of_the_plan_is_in_the_registry_and_the_taxonomy() -> None:
    models = {model.model_id for model in read_models()}
    assert {row["model_id"] for row in read_rows("model_volumes.csv")} == models
    for name in ("tool_call_models.csv", "retention.csv"):
        assert {row["model_id"] for row in read_rows(name)} <= models | {"*"}
    assert {row["category"] for row in read_rows("tags.csv")} == set(CATEGORIES)


def test_the_plan_meets_its_margins() -> None:
    plan = make_plan()
    volumes = plan.tokens.sum(axis=2)
    is_open = [model.weights_class == "open" for model in plan.models]
    by_author: dict[str, float] = {}
    for place, model in enumerate(plan.models):
        if is_open[place]:
            by_author[model.author] = by_author.get(model.author, 0) + volumes[:, place].sum()
    # Table 1, to its last digit.
    assert by_author["deepseek"] == pytest.approx(14.37, abs=0.005)
    assert by_author["google"] == pytest.approx(0.82, abs=0.005)
    assert sorted(by_author, key=by_author.__getitem__)[-10:][::-1] == [
        "deepseek", "qwen", "meta-llama", "mistralai", "openai", "minimax", "z-ai", "tngtech",
        "moonshotai", "google",
    ]  # fmt: skip
    programming = plan.tokens[:, :, 0].sum(axis=1) / plan.tokens[:, :, :OTHER].sum(axis=(1, 2))
    for row in read_rows("category_shares.csv"):
        week = [week.isoformat() for week in plan.weeks].index(row["week_start"])
        if row["category"] == "programming" and week < len(plan.weeks) - 4:
            assert programming[week] == pytest.approx(float(row["share"]), abs=0.001)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--requests", "5"], "--requests 5: from 10,000 to 2,000,000,000"),
        (["--folder", "/proc/nowhere"], "/proc/nowhere: cannot be written"),
    ],
)
def test_a_wrong_word_is_one_line(words: list[str], says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "llm_usage", "demo", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"llm-usage: {says}"), done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.xdist_group("large demo")
def test_on_two_million_requests_every_finding_is_reproduced(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("large")
    counts = write_demo(folder, 2_000_000, seed=7)
    warehouse = Warehouse(folder, data_tests=True)
    warehouse.build(settings(folder))
    verdicts = warehouse.query(
        "select finding_id, verdict, detail, reason from study_scorecard order by finding_id"
    )
    assert len(verdicts) == 103
    assert [row for row in verdicts if row[1] != "reproduced"] == []

    # The dirt is there, and adds up.
    ((raw, accepted, rejected, duplicates, late),) = warehouse.query(
        "select sum(raw_records), sum(accepted_records), sum(rejected_records), "
        "sum(duplicate_records), sum(late_records) from data_quality_daily"
    )
    assert raw == counts.records == accepted + rejected + duplicates
    assert min(rejected, duplicates, late) > 100
    reasons = {row[0] for row in warehouse.query("select reasons from fct_rejected_records")}
    assert len(reasons) >= 4
    assert {row[0] for row in warehouse.query("select raw_model from unmapped_models")} >= {
        "acme-support-finetune-v3",
        "REDACTED",
    }
    ((free, byok, unpriced, failed, unplaced, unknown_language),) = warehouse.query(
        "select count(*) filter (variant = 'free'), count(*) filter (is_byok), "
        "count(*) filter (price_source = 'unpriced'), "
        "count(*) filter (tokens = 0 and finish_reason = 'error'), "
        "count(*) filter (country_code = 'unknown'), count(*) filter (language = 'unknown') "
        "from fct_requests"
    )
    assert min(free, byok, unpriced, failed, unplaced, unknown_language) > 100

    # One account makes the spike of May 2025, and is gone without it.
    weeks = warehouse.query(
        "select token_share, token_share_without_largest_account from tool_call_shares_weekly "
        "where week_start in (date '2025-04-21', date '2025-05-05') order by week_start"
    )
    (before, _), (spike, without_it) = weeks
    assert without_it < before < spike - 0.03

    marts = warehouse.query(
        "select table_name from duckdb_tables() where schema_name = 'main' and estimated_size = 0"
    )
    assert marts == []
