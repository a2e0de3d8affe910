"""Both engines build the same marts from the same logs, at once and bit by bit."""

import collections
import datetime
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import parity
import pytest
from cluster import WORKERS, standalone_cluster
from conftest import SALT, SparkWarehouse
from dirty_log import write_dirty_log
from log_files import PARQUET_TYPES, real_logs, request, write_parquet

pytestmark = pytest.mark.xdist_group("spark")

# Alone on its day, before all others: with its file the day goes.
GONE_DAY = datetime.date(2024, 6, 15)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("cluster")
    with standalone_cluster(folder) as address:
        yield address, folder


class Built:
    """A log that both engines have built: the marts of each, and what Spark built when."""

    def __init__(self, spark: SparkWarehouse, duckdb: dict[str, parity.Rows]) -> None:
        self.spark = spark
        self.duckdb = duckdb
        self.marts = spark.marts()
        self.days_built: list[set[datetime.date | None]] = []
        self.published: tuple[dict[str, parity.Rows], dict[str, parity.Rows]] = ({}, {})


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, cluster: tuple[str, Path], shared_data: Path
) -> Built:
    """The dirty log and the real ones, Aider's and the published rankings: by Spark in this process
    and then, with a late file and one file less, on the cluster; by DuckDB at once."""
    folder = tmp_path_factory.mktemp("built")
    settings = write_dirty_log(folder / "log")
    settings["gateways"] += real_logs(shared_data)["gateways"]
    settings["build_clock"] = "2026-11-01 00:00:00"
    batch = folder / "log" / "batch"
    late = sorted(batch.glob("*.parquet"))[2]
    shutil.move(late, folder / late.name)
    gone = write_parquet(batch / "gone.parquet", [request(1, str(GONE_DAY))], PARQUET_TYPES)
    spark = SparkWarehouse(folder)
    spark.build(settings)
    first = days_built(spark)
    published = parity.read_published(folder / "spark.marts.duckdb"), spark.marts()
    assert GONE_DAY in days_of(spark, "intermediate", "int_usage_daily")
    gone.unlink()
    shutil.move(folder / late.name, late)
    spark.build(settings, "--without-tests", master=cluster[0])
    built = Built(spark, spark.duckdb_marts(settings))
    built.days_built = [first, days_built(spark)]
    built.published = published
    return built


def days_built(spark: SparkWarehouse) -> set[datetime.date | None]:
    return days_of(spark, "intermediate", "int_build_days")


def days_of(spark: SparkWarehouse, schema: str, table: str) -> set[datetime.date | None]:
    return {row["usage_date"] for row in spark.table(schema, table)}


def test_both_engines_have_the_same_marts(built: Built) -> None:
    raw_records = collections.Counter()
    for row in built.marts["data_quality_daily"]:
        raw_records[row["gateway"]] += row["raw_records"]
    assert raw_records["edge"] + raw_records["batch"] + raw_records["partner"] > 50_000
    assert raw_records["aider"] > 0 and raw_records["openrouter_public"] > 0
    assert built.duckdb.keys() - built.marts.keys() == {"fct_requests"}
    found = {
        name: parity.differences(rows, built.duckdb[name]) for name, rows in built.marts.items()
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_what_the_first_build_published_is_what_it_built(built: Built) -> None:
    published, marts = built.published
    assert published.keys() == marts.keys() and len(marts) > 30
    found = {name: parity.differences(rows, marts[name]) for name, rows in published.items()}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_requests_are_the_same_in_another_session(built: Built) -> None:
    """``fct_requests`` is a view in the warehouse's own catalog: with the salt it reads as
    DuckDB's, without it no key of a Parquet log can be read."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from llm_usage.spark import open_session\n"
        "session = open_session('spark')\n"
        "folder, salt = Path(sys.argv[1]), Path(sys.argv[2])\n"
        "requests = session.table('main.fct_requests')\n"
        "requests.where(\"gateway = 'batch'\").coalesce(1).write.parquet(str(folder / 'blind'))\n"
        "(salt / 'salt').write_text(sys.argv[3])\n"
        "requests = session.table('main.fct_requests')\n"
        "requests.coalesce(1).write.parquet(str(folder / 'seeing'))\n"
        "(salt / 'salt').unlink()\n"
    )
    salt_folder = built.spark.folder / "spark.salt"
    assert list(salt_folder.iterdir()) == []
    done = built.spark.command("-c", script, str(built.spark.folder), str(salt_folder), SALT)
    assert done.returncode == 0, done.stderr
    read = parity.read_parquet({name: built.spark.folder / name for name in ("blind", "seeing")})
    assert {row["account_id"] for row in read["blind"]} == {None}
    assert parity.differences(read["seeing"], built.duckdb["fct_requests"]) == []


def test_the_second_build_replaces_the_days_that_the_late_file_touches(built: Built) -> None:
    first, second = built.days_built
    assert GONE_DAY in second
    # 27 days of the file, and those near them whose duplicates are others now; nothing else of more
    # than a year.
    assert 27 <= len(second - {GONE_DAY}) <= 27 + 2 * 8 + 1
    assert len(first) > 150
    stored = days_of(built.spark, "intermediate", "int_usage_daily")
    assert GONE_DAY not in stored
    assert len(stored) > 150


def test_what_is_stored_by_day_is_partitioned_by_it(built: Built) -> None:
    for table in ("int_usage_daily", "int_request_duplicates", "int_request_rejects"):
        folders = list((built.spark.path / "intermediate.db" / table).glob("usage_date=*"))
        assert len(folders) > 50


def test_the_second_build_ran_on_both_workers(built: Built, cluster: tuple[str, Path]) -> None:
    del built
    for number in range(WORKERS):
        assert list((cluster[1] / f"worker{number}").glob("app-*/*/stderr"))


def test_the_salt_stands_in_no_file_of_the_warehouse(built: Built) -> None:
    for folder in (built.spark.path, built.spark.folder / "spark.landing"):
        for path in folder.rglob("*"):
            assert not path.is_file() or SALT.encode() not in path.read_bytes(), path


def test_rejected_records_are_json(built: Built) -> None:
    for row in built.marts["fct_rejected_records"]:
        assert isinstance(json.loads(row["record"]), dict)
