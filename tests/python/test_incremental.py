"""Building again: nothing new changes nothing, and what is new changes its days only."""

import time
from pathlib import Path

import pytest
from conftest import Warehouse, table_log
from log_files import PARQUET_TYPES, request, write_csv, write_parquet

DAYS = ["2025-03-01", "2025-03-02", "2025-03-03", "2025-03-20", "2025-03-21"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "log"
    folder.mkdir()
    types = PARQUET_TYPES | {"finish_reason": "varchar"}
    for number, day in enumerate(DAYS):
        records = [
            request(10 * number + place, day, finish_reason="tool_use" if place % 2 else "stop")
            for place in range(5)
        ]
        records.append(request(900 + number, day, prompt_tokens=-1))
        write_parquet(folder / f"{day}.parquet", records, types)
    return folder


def built_days(warehouse: Warehouse) -> set[str]:
    return {
        str(day) for (day,) in warehouse.query("select usage_date from intermediate.int_build_days")
    }


def from_nothing(warehouse: Warehouse, log: Path) -> dict[str, list[tuple[object, ...]]]:
    """The same log built in one go in another warehouse."""
    folder = warehouse.folder / f"fresh{time.monotonic_ns()}"
    folder.mkdir()
    fresh = Warehouse(folder)
    fresh.build(table_log(log))
    return fresh.dump()


def test_a_second_build_reads_no_log_and_changes_nothing(warehouse: Warehouse, log: Path) -> None:
    warehouse.build(table_log(log))
    before = warehouse.dump()
    assert built_days(warehouse) == set(DAYS)
    warehouse.forget_complete_build()
    warehouse.build(table_log(log))
    assert warehouse.query("select count(*) from intermediate.int_changed_files") == [(0,)]
    assert built_days(warehouse) == set()
    assert warehouse.dump() == before
    assert not list(warehouse.folder.glob("*marts*")), "untested marts are not published"


def test_a_late_file_changes_and_builds_its_day_alone(warehouse: Warehouse, log: Path) -> None:
    warehouse.build(table_log(log))
    before = warehouse.query("select * from fct_usage_daily order by all")
    late = [request(500, "2025-03-02"), request(501, "2025-03-02", model="x-ai/grok-4")]
    write_parquet(log / "late-2025-03-05.parquet", late, PARQUET_TYPES)
    warehouse.build(table_log(log))
    # The days beside it are within the horizon, but keep the requests they had.
    assert built_days(warehouse) == {"2025-03-02"}
    after = warehouse.query("select * from fct_usage_daily order by all")
    changed = {str(row[2]) for row in set(before) ^ set(after)}
    assert changed == {"2025-03-02"}
    assert warehouse.query(
        "select sum(late_records) from data_quality_daily where usage_date = '2025-03-02'"
    ) == [(2,)]
    assert warehouse.dump() == from_nothing(warehouse, log)


def test_a_day_delivered_again_replaces_it(warehouse: Warehouse, log: Path) -> None:
    warehouse.build(table_log(log))
    write_parquet(log / "2025-03-20.parquet", [request(777, "2025-03-20")], PARQUET_TYPES)
    warehouse.build(table_log(log))
    assert warehouse.query(
        "select raw_records, accepted_records, rejected_records from data_quality_daily "
        "where usage_date = '2025-03-20'"
    ) == [(1, 1, 0)]
    assert warehouse.dump() == from_nothing(warehouse, log)


def test_the_days_of_a_removed_file_are_emptied(warehouse: Warehouse, log: Path) -> None:
    warehouse.build(table_log(log))
    (log / "2025-03-21.parquet").unlink()
    warehouse.build(table_log(log))
    for table in ("fct_usage_daily", "fct_rejected_records", "data_quality_daily"):
        assert warehouse.query(f"select count(*) from {table} where usage_date = '2025-03-21'") == [
            (0,)
        ]
    assert warehouse.dump() == from_nothing(warehouse, log)


def test_a_better_record_that_arrives_later_displaces_the_earlier_one(
    warehouse: Warehouse, log: Path
) -> None:
    warehouse.build(table_log(log))
    # r0 of 03-01 finished on 03-03, within the horizon; r1's retry of 03-20 is beyond it.
    more = [
        request(0, "2025-03-03", completion_tokens=500),
        request(1, "2025-03-20", completion_tokens=500),
    ]
    write_parquet(log / "more.parquet", more, PARQUET_TYPES)
    warehouse.build(table_log(log))
    assert warehouse.query(
        "select usage_date, duplicate_records from data_quality_daily where duplicate_records > 0"
    ) == [(warehouse.query("select date '2025-03-01'")[0][0], 1)]
    assert warehouse.query("select count(*) from fct_requests where request_id = 'r1'") == [(2,)]
    assert built_days(warehouse) == {"2025-03-01", "2025-03-03", "2025-03-20"}
    assert warehouse.dump() == from_nothing(warehouse, log)
    # And what it has displaced is a request again when it goes.
    (log / "more.parquet").unlink()
    warehouse.build(table_log(log))
    assert built_days(warehouse) == {"2025-03-01", "2025-03-03", "2025-03-20"}
    assert warehouse.query("select sum(duplicate_records) from data_quality_daily") == [(0,)]
    assert warehouse.dump() == from_nothing(warehouse, log)


def test_a_duplicate_stays_one_when_the_better_record_is_better_still(
    warehouse: Warehouse, log: Path
) -> None:
    """Of 03-01, 03-02 and 03-03 each beats the ones before; then the last goes."""
    for number, day in enumerate(("2025-03-02", "2025-03-03"), start=1):
        more = [request(0, day, completion_tokens=500 * number)]
        write_parquet(log / f"more-{number}.parquet", more, PARQUET_TYPES)
        warehouse.build(table_log(log))
    assert warehouse.dump() == from_nothing(warehouse, log)
    (log / "more-2.parquet").unlink()
    warehouse.build(table_log(log))
    assert warehouse.query(
        "select cast(usage_date as varchar), completion_tokens from fct_requests "
        "where request_id = 'r0'"
    ) == [("2025-03-02", 500)]
    assert warehouse.dump() == from_nothing(warehouse, log)


def test_day_by_day_equals_at_once_and_order_and_split_do_not_matter(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    records = [
        request(number % 11, f"2025-03-{1 + number % 9:02}", completion_tokens=number)
        for number in range(40)
    ]
    stepwise, whole = tmp_path / "stepwise", tmp_path / "whole"
    stepwise.mkdir()
    whole.mkdir()
    for step in range(4):
        write_parquet(stepwise / f"{step}.parquet", records[step * 10 :][:10], PARQUET_TYPES)
        warehouse.build(table_log(stepwise))
    write_parquet(whole / "all.parquet", list(reversed(records)), PARQUET_TYPES)
    expected = from_nothing(warehouse, whole)
    assert warehouse.dump() == expected
    assert sum(row[4] for row in expected["data_quality_daily"]) < len(records)


def test_a_renamed_gateway_takes_its_records_along(warehouse: Warehouse, log: Path) -> None:
    warehouse.build(table_log(log))
    renamed = table_log(log, name="renamed")
    warehouse.build(renamed)
    for table in ("fct_usage_daily", "fct_requests", "data_quality_daily"):
        assert warehouse.query(f"select distinct gateway from {table}") == [("renamed",)]


def test_lateness_is_read_from_the_settings_of_the_last_build(
    warehouse: Warehouse, log: Path
) -> None:
    write_parquet(log / "late-2025-03-05.parquet", [request(500, "2025-03-02")], PARQUET_TYPES)
    late = "select sum(late_records) from data_quality_daily"
    warehouse.build(table_log(log))
    assert warehouse.query(late) == [(1,)]
    warehouse.build(table_log(log) | {"late_after_days": 3})
    assert warehouse.query(late) == [(0,)]


def test_changed_settings_build_every_day_again(warehouse: Warehouse, log: Path) -> None:
    warehouse.build(table_log(log))
    settings = table_log(log) | {"reporting_time_zone": "Pacific/Auckland"}
    warehouse.build(settings)
    assert warehouse.query("select min(usage_date)::varchar from fct_usage_daily") == [
        ("2025-03-02",)
    ]
    warehouse.build(table_log(log))
    assert warehouse.dump() == from_nothing(warehouse, log)


def test_a_record_of_the_future_is_accepted_when_its_time_has_come(
    warehouse: Warehouse, log: Path
) -> None:
    write_parquet(log / "ahead.parquet", [request(800, "2026-01-05")], PARQUET_TYPES)
    warehouse.build(table_log(log))
    assert warehouse.query(
        "select reasons from fct_rejected_records where usage_date = '2026-01-05'"
    ) == [("requested_at_in_future",)]
    warehouse.build(table_log(log) | {"build_clock": "2026-01-06 00:00:00"})
    assert warehouse.query(
        "select requests from fct_usage_daily where usage_date = '2026-01-05'"
    ) == [(1,)]
    assert built_days(warehouse) == {"2026-01-05"}


def test_a_killed_build_is_followed_by_a_good_one(warehouse: Warehouse, log: Path) -> None:
    warehouse.build(table_log(log))
    write_parquet(log / "2025-03-22.parquet", [request(600, "2025-03-22")], PARQUET_TYPES)
    warehouse.kill_build(delays=(0.0, 0.5, 1.0))
    warehouse.build(table_log(log))
    assert warehouse.dump() == from_nothing(warehouse, log)


def test_a_csv_is_parsed_once(warehouse: Warehouse, tmp_path: Path) -> None:
    write_csv(tmp_path / "log.csv", [request(number) for number in range(5)])
    settings = table_log(tmp_path / "log.csv")
    warehouse.build(settings)
    (landed,) = (tmp_path / "test.duckdb.landing" / "log").glob("*.parquet")
    written = landed.stat().st_mtime_ns
    warehouse.forget_complete_build()
    warehouse.build(settings)
    assert landed.stat().st_mtime_ns == written
    write_csv(tmp_path / "log.csv", [request(number) for number in range(6)])
    warehouse.build(settings)
    assert not landed.exists()
    assert warehouse.query("select sum(requests) from fct_usage_daily") == [(6,)]
