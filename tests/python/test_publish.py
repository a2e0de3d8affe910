"""Readers see the marts of the last good build: switched in one step, kept when one fails."""

import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from conftest import ROOT, SALT, Warehouse, table_log
from log_files import PARQUET_TYPES, request, write_parquet

from llm_usage.errors import BuildFailed, UsageError
from llm_usage.publish import Mart, Place, publish

pytestmark = pytest.mark.xdist_group("publish")

# What DuckDB 1.0, 1.1 and all later ones read; 1.2 began another.
OLDEST_STORAGE = 64


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of 200 MB, where this user may mount one; a folder of the usual one otherwise."""
    folder = tmp_path_factory.mktemp("disk")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    yield folder
    if done.returncode == 0:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Published:
    """A warehouse that has published the first of two days of its log."""

    def __init__(self, disk: Path, folder: Path) -> None:
        self.disk = disk
        self.log = folder / "log"
        self.log.mkdir()
        # Only what a build writes is on the small disk, not what dbt notes down.
        self.warehouse = Warehouse(folder, data_tests=True)
        self.warehouse.path = disk / "test.duckdb"
        self.place = Place.of(self.warehouse.path)
        self.write_day(10)
        self.output = self.build()

    def write_day(self, day: int) -> None:
        records = [request(100 * day + n, f"2025-03-{day}") for n in range(20)]
        write_parquet(self.log / f"{day}.parquet", records, PARQUET_TYPES)

    def build(self) -> str:
        return self.warehouse.build(table_log(self.log))

    def files(self) -> dict[str, bytes]:
        found = {path.name: path.read_bytes() for path in self.place.parquet.iterdir()}
        return found | {"database": self.place.database.read_bytes()}

    def days(self) -> list[tuple[int]]:
        with duckdb.connect(str(self.place.database), read_only=True) as connection:
            return connection.execute(
                "select day(usage_date) from data_quality_daily order by 1"
            ).fetchall()


@pytest.fixture(scope="module")
def published(small_disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Published:
    return Published(small_disk, tmp_path_factory.mktemp("published"))


def test_what_is_published_is_the_marts_in_both_shapes(published: Published) -> None:
    place, warehouse = published.place, published.warehouse
    assert re.search(rf"published in \d+ s: {re.escape(str(place.database))} ", published.output)
    manifest = json.loads((place.parquet / "manifest.json").read_text())
    # All that the interface names, without the one that reads the logs: it stands by itself.
    names = {name for (name,) in warehouse.query("show tables")}
    assert manifest["marts"].keys() == names - {"fct_requests"}
    assert manifest["window"] == [
        {
            "population": "own",
            "gateway": "log",
            "first_day": "2025-03-10",
            "last_day": "2025-03-10",
            "raw_records": 20,
            "accepted_records": 20,
            "rejected_records": 0,
            "duplicate_records": 0,
        }
    ]
    assert manifest["versions"]["duckdb"] == duckdb.__version__
    assert {path.name for path in place.parquet.iterdir()} == {
        "manifest.json",
        *(f"{name}.parquet" for name in manifest["marts"]),
    }
    with duckdb.connect(str(place.database), read_only=True) as connection:
        for name, mart in manifest["marts"].items():
            file = place.parquet / f"{name}.parquet"
            assert hashlib.sha256(file.read_bytes()).hexdigest() == mart["sha256"]
            rows = warehouse.query(f"select * from {name} order by all")
            assert len(rows) == mart["rows"]
            assert connection.execute(f"select * from {name}").fetchall() == rows
            assert connection.execute(f"select * from '{file}'").fetchall() == rows
            described = [row[:2] for row in warehouse.query(f"describe {name}")]
            for source in (name, f"'{file}'"):
                found = connection.execute(f"describe {source}").fetchall()
                assert [row[:2] for row in found] == described, name
    # No log is needed, and none is named by anything that would be read.
    with duckdb.connect(str(place.database), read_only=True) as connection:
        assert connection.execute(
            "select count(*) from duckdb_views() where not internal"
        ).fetchall() == [(0,)]


def test_the_published_file_is_one_that_older_readers_know(published: Published) -> None:
    header = published.place.database.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert struct.unpack("<Q", header[12:20]) == (OLDEST_STORAGE,)
    assert not published.place.database.with_suffix(".duckdb.wal").exists()


def test_a_reader_blocks_no_build_and_a_second_build_stops(published: Published) -> None:
    before = published.files()
    published.write_day(11)
    reader = duckdb.connect(str(published.place.database), read_only=True)
    rows = reader.execute("select * from fct_usage_daily").fetchall()
    settings = published.warehouse.settings
    words = [*("-m", "llm_usage", "build", "--gateways", str(settings))]
    words += ["--warehouse", str(published.warehouse.path)]
    building = subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=os.environ
        | {"LLM_USAGE_SALT": SALT, "DBT_TARGET_PATH": str(published.warehouse.folder / "target")},
        stdout=subprocess.DEVNULL,
    )
    lock = Path(f"{published.warehouse.path}.lock")
    deadline = time.monotonic() + 60
    while lock.read_text() != str(building.pid):
        assert time.monotonic() < deadline and building.poll() is None
        time.sleep(0.01)
    second = published.warehouse.command(*words)
    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr == (
        f"llm-usage: another build of {published.warehouse.path} is running (process "
        f"{building.pid}); wait for it to end\n"
    )
    plain = published.warehouse.command(
        *("-m", "dbt.cli.main", "build", "--vars", settings.read_text())
    )
    assert plain.returncode != 0
    assert building.poll() is None, "it ended before plain dbt could be refused"
    assert "is running (process" in plain.stdout or "Could not set lock" in plain.stdout
    assert published.files() == before
    assert building.wait(timeout=600) == 0
    # Who had it open reads on in what it has opened; who opens it now sees the new one.
    assert reader.execute("select * from fct_usage_daily").fetchall() == rows
    assert reader.execute("select count(*) from data_quality_daily").fetchall() == [(1,)]
    reader.close()
    assert published.days() == [(10,), (11,)]


def refused(published: Published, *options: str, **environment: str) -> str:
    """What a build says that must fail and must leave what is published as it was."""
    before = published.files()
    warehouse = published.warehouse
    words = [*("-m", "llm_usage", "build", "--gateways", str(warehouse.settings))]
    done = warehouse.command(*words, "--warehouse", str(warehouse.path), *options, **environment)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.endswith(
        "not published: test.marts.duckdb and test.marts/ stay as they were\n"
    )
    assert published.files() == before
    return done.stderr


def test_a_failed_audit_publishes_nothing_and_says_why(published: Published) -> None:
    # What a fault of the disk, or a bug, could do to what is stored by day.
    published.warehouse.execute("update intermediate.int_usage_daily set requests = requests + 1")
    assert "test assert_" in refused(published)


def test_a_memory_limit_that_is_too_low_publishes_nothing(published: Published) -> None:
    said = refused(published, "--full-refresh", LLM_USAGE_MEMORY_LIMIT="20MB")
    assert "raise LLM_USAGE_MEMORY_LIMIT" in said
    assert "SET threads" not in said


def test_a_full_disk_publishes_nothing(published: Published) -> None:
    if not os.path.ismount(published.disk):
        pytest.skip("a small disk can be mounted by root only")
    ballast = published.disk / "ballast"
    with ballast.open("wb") as stream:
        stream.write(bytes(max(0, shutil.disk_usage(published.disk).free - 2 * 1024 * 1024)))
    try:
        said = refused(published, "--full-refresh")
    finally:
        ballast.unlink()
    assert "the disk is full" in said


def test_the_next_build_mends_all_of_that(published: Published) -> None:
    done = published.warehouse.run(table_log(published.log), "--full-refresh")
    assert done.returncode == 0, done.stderr
    assert published.days() == [(10,), (11,)]
    with duckdb.connect(str(published.place.database), read_only=True) as connection:
        assert connection.execute("select sum(requests) from fct_usage_daily").fetchall() == [(40,)]


# What follows needs no dbt: a warehouse of two tables.

QUALITY = {
    "population": "varchar",
    "gateway": "varchar",
    "usage_date": "date",
    "raw_records": "bigint",
    "accepted_records": "bigint",
    "rejected_records": "bigint",
    "duplicate_records": "bigint",
}
MARTS = [
    Mart("data_quality_daily", "working.main.data_quality_daily", QUALITY),
    Mart("numbers", "working.main.numbers", {"name": "varchar", "value": "double"}),
]


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., str]:
    warehouse = tmp_path / "small.duckdb"

    def build_and_publish(order: str = "asc", rows: int = 20_000) -> str:
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute(
                "create or replace table data_quality_daily as select 'own' as population, "
                f"'log' as gateway, date '2025-03-10' as usage_date, {rows} as raw_records, "
                f"{rows} as accepted_records, 0 as rejected_records, 0 as duplicate_records"
            )
            connection.execute(
                "create or replace table numbers as select md5(number::varchar) as name, "
                f"number / 7 as value from range({rows}) listed(number) order by number {order}"
            )
        return publish(Place.of(warehouse), MARTS, warehouse, tmp_path)

    return build_and_publish


def tree(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_equal_marts_are_equal_bytes(small: Callable[..., str], tmp_path: Path) -> None:
    assert small() == "2 marts, 20,001 rows"
    first = tree(tmp_path / "small.marts")
    small(order="desc")
    assert tree(tmp_path / "small.marts") == first
    small(rows=19_999)
    other = tree(tmp_path / "small.marts")
    assert {name for name in first if first[name] != other[name]} == {
        "manifest.json",
        "data_quality_daily.parquet",
        "numbers.parquet",
    }


def test_the_former_version_stays_until_the_next(small: Callable[..., str], tmp_path: Path) -> None:
    small(rows=1)
    first = (tmp_path / "small.marts").resolve()
    small(rows=2)
    # Who has resolved the link can go on reading.
    assert (first / "numbers.parquet").exists()
    (tmp_path / "small.marts.versions" / "left-by-a-killed-build").mkdir()
    (tmp_path / "small.marts.versions" / "current.new").symlink_to("nowhere")
    small(rows=3)
    assert not first.exists()
    assert len(list((tmp_path / "small.marts.versions").iterdir())) == 3


def test_links_are_relative_so_that_the_folder_can_move(
    small: Callable[..., str], tmp_path: Path
) -> None:
    small()
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("small.marts", "small.marts.duckdb", "small.marts.versions"):
        (tmp_path / name).rename(moved / name)
    with duckdb.connect(str(moved / "small.marts.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from numbers").fetchall() == [(20_000,)]
    assert (moved / "small.marts" / "manifest.json").exists()


def test_what_stands_where_the_link_belongs_is_not_overwritten(
    small: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "small.marts.duckdb").write_text("somebody's")
    with pytest.raises(UsageError, match="move it away"):
        small()
    assert (tmp_path / "small.marts.duckdb").read_text() == "somebody's"
    (tmp_path / "small.marts.duckdb").unlink()
    (tmp_path / "small.marts").symlink_to("somewhere")
    with pytest.raises(UsageError, match="move it away"):
        small()


def test_a_mart_that_cannot_be_written_leaves_no_half_version(
    small: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small()
    before = tree(tmp_path / "small.marts")

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("llm_usage.publish._sync", full)
    with pytest.raises(BuildFailed, match="No space left on device"):
        small(rows=5)
    assert tree(tmp_path / "small.marts") == before
    assert len(list((tmp_path / "small.marts.versions").iterdir())) == 2


def test_names_of_published_marts_are_made_from_the_warehouse() -> None:
    assert Place.of(Path("warehouse/llm_usage.duckdb")).database == Path("warehouse/marts.duckdb")
    assert Place.of(Path("warehouse/llm_usage.duckdb")).parquet == Path("warehouse/marts")
    assert Place.of(Path("my.duckdb")).database == Path("my.marts.duckdb")
    assert Place.of(Path("warehouse/spark")).parquet == Path("warehouse/spark.marts")
