"""Both engines build the same marts from the same logs, at once and bit by bit."""

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

# Alone on its day, far from the others: with its file the day goes.
GONE_DAY = datetime.date(2025, 1, 15)


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
def dirty(tmp_path_factory: pytest.TempPathFactory, cluster: tuple[str, Path]) -> Built:
    """The dirty log: by Spark in this process and then, with a late file and one file less, on
    the cluster; by DuckDB at once."""
    folder = tmp_path_factory.mktemp("dirty")
    settings = write_dirty_log(folder / "log")
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


@pytest.fixture(scope="module")
def real(
    tmp_path_factory: pytest.TempPathFactory, cluster: tuple[str, Path], shared_data: Path
) -> Built:
    """The Aider log and the published rankings, on the cluster."""
    settings = real_logs(shared_data) | {"build_clock": "2026-11-01 00:00:00"}
    spark = SparkWarehouse(tmp_path_factory.mktemp("real"))
    spark.build(settings, "--without-tests", master=cluster[0])
    return Built(spark, spark.duckdb_marts(settings))


def days_built(spark: SparkWarehouse) -> set[datetime.date | None]:
    return days_of(spark, "intermediate", "int_build_days")


def days_of(spark: SparkWarehouse, schema: str, table: str) -> set[datetime.date | None]:
    return {row["usage_date"] for row in spark.table(schema, table)}


def assert_equal_marts(built: Built) -> None:
    assert built.duckdb.keys() - built.marts.keys() == {"fct_requests"}
    found = {
        name: parity.differences(rows, built.duckdb[name]) for name, rows in built.marts.items()
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_dirty_log_has_the_same_marts(dirty: Built) -> None:
    assert sum(row["raw_records"] for row in dirty.marts["data_quality_daily"]) > 50_000
    assert_equal_marts(dirty)


def test_the_real_logs_have_the_same_marts(real: Built) -> None:
    assert_equal_marts(real)


def test_what_the_first_build_published_is_what_it_built(dirty: Built) -> None:
    published, marts = dirty.published
    assert published.keys() == marts.keys() and len(marts) > 30
    found = {name: parity.differences(rows, marts[name]) for name, rows in published.items()}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_requests_are_the_same_in_another_session(dirty: Built) -> None:
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
    salt_folder = dirty.spark.folder / "spark.salt"
    assert list(salt_folder.iterdir()) == []
    done = dirty.spark.command("-c", script, str(dirty.spark.folder), str(salt_folder), SALT)
    assert done.returncode == 0, done.stderr
    read = parity.read_parquet({name: dirty.spark.folder / name for name in ("blind", "seeing")})
    assert {row["account_id"] for row in read["blind"]} == {None}
    assert parity.differences(read["seeing"], dirty.duckdb["fct_requests"]) == []


def test_the_second_build_replaces_the_days_that_the_late_file_touches(dirty: Built) -> None:
    first, second = dirty.days_built
    assert GONE_DAY in second
    # 27 days of the file, and the horizon at both ends; nothing else of half a year.
    assert 27 <= len(second - {GONE_DAY}) <= 27 + 2 * 8 + 1
    assert len(first) > 150
    stored = days_of(dirty.spark, "intermediate", "int_usage_daily")
    assert GONE_DAY not in stored
    assert len(stored) > 150


def test_what_is_stored_by_day_is_partitioned_by_it(dirty: Built) -> None:
    for table in ("int_usage_daily", "int_request_duplicates", "int_request_rejects"):
        folders = list((dirty.spark.path / "intermediate.db" / table).glob("usage_date=*"))
        assert len(folders) > 50


def test_the_second_build_ran_on_both_workers(dirty: Built, cluster: tuple[str, Path]) -> None:
    del dirty
    for number in range(WORKERS):
        assert list((cluster[1] / f"worker{number}").glob("app-*/*/stderr"))


def test_the_salt_stands_in_no_file_of_the_warehouse(dirty: Built) -> None:
    for folder in (dirty.spark.path, dirty.spark.folder / "spark.landing"):
        for path in folder.rglob("*"):
            assert not path.is_file() or SALT.encode() not in path.read_bytes(), path


def test_rejected_records_are_json(dirty: Built) -> None:
    for row in dirty.marts["fct_rejected_records"]:
        assert isinstance(json.loads(row["record"]), dict)
