"""What is stored by week and month: whole periods are built again, and only those they must be."""

import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Warehouse, table_log
from log_files import PARQUET_TYPES, request, write_parquet

TYPES = PARQUET_TYPES | {"finish_reason": "varchar"}
# Two weeks and the end of a month: Mondays are 2025-03-24 and 03-31, Sundays 03-23 and 03-30.
DAYS = ["2025-03-03", "2025-03-25", "2025-03-26", "2025-03-30", "2025-03-31", "2025-04-02"]
STORED = ("int_tool_calls_weekly", "int_sequence_lengths_weekly", "int_account_months")


def day(number: int, date: str, **values: Any) -> list[dict[str, Any]]:
    """Five requests of three accounts, of unequal length; two finish with a tool call."""
    return [
        request(
            10 * number + place,
            date,
            prompt_tokens=100 + 37 * number + place * place,
            finish_reason="tool_use" if place in (1, 4) else "stop",
            model="openai/gpt-4o-mini" if place else "gpt-5",
        )
        | values
        for place in range(5)
    ]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "log"
    folder.mkdir()
    for number, date in enumerate(DAYS):
        write_parquet(folder / f"{date}.parquet", day(number, date), TYPES)
    return folder


def stored(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: warehouse.query(f"select * from intermediate.{name} order by all") for name in STORED
    }


def from_nothing(warehouse: Warehouse, settings: dict[str, Any]) -> tuple[object, object]:
    folder = warehouse.folder / f"fresh{time.monotonic_ns()}"
    folder.mkdir()
    fresh = Warehouse(folder)
    fresh.build(settings)
    return stored(fresh), fresh.dump()


def assert_as_from_nothing(warehouse: Warehouse, settings: dict[str, Any]) -> None:
    assert (stored(warehouse), warehouse.dump()) == from_nothing(warehouse, settings)


def run(warehouse: Warehouse, selected: str) -> None:
    """A part of a build, with the settings of the last one."""
    done = warehouse.command(
        *("-m", "dbt.cli.main", "run", "--select", selected),
        *("--vars", warehouse.settings.read_text()),
    )
    assert done.returncode == 0, done.stdout[-4000:]


def periods(warehouse: Warehouse, name: str, column: str) -> set[str]:
    rows = warehouse.query(f"select distinct {column} from intermediate.{name}")
    return {str(value) for (value,) in rows}


def test_a_late_file_builds_its_week_whole_and_adds_to_its_month(
    warehouse: Warehouse, log: Path
) -> None:
    warehouse.build(table_log(log))
    before = warehouse.query("select * from sequence_lengths_weekly order by all")
    late = day(70, "2025-03-25", account_id="account-late")
    write_parquet(log / "late-2025-03-28.parquet", late, TYPES)
    warehouse.build(table_log(log))
    assert periods(warehouse, "int_build_days", "usage_date") == {"2025-03-25"}
    assert periods(warehouse, "int_build_weeks", "week_start") == {"2025-03-23", "2025-03-24"}
    assert periods(warehouse, "int_build_months", "usage_date") == {"2025-03-25"}
    assert periods(warehouse, "int_rebuilt_months", "month_start") == set()
    after = warehouse.query("select * from sequence_lengths_weekly order by all")
    assert {str(row[1]) for row in set(before) ^ set(after)} == {"2025-03-24"}
    assert_as_from_nothing(warehouse, table_log(log))
    assert warehouse.query(
        "select cohort_accounts from retention_triangles where model_id = 'openai/gpt-4o-mini' "
        "and cohort_month = '2025-03-01' and months_since = 1"
    ) == [(4,)]


def test_a_month_loses_an_account_whose_only_request_goes_to_another(
    warehouse: Warehouse, log: Path
) -> None:
    """The one record of an account turns out to be the worse one of another account's request."""
    (lost,) = day(80, "2025-03-24", account_id="account-lost")[:1]
    write_parquet(log / "lost.parquet", [lost], TYPES)
    warehouse.build(table_log(log))
    better = lost | {"account_id": "account-found", "completion_tokens": 90_000}
    better["requested_at"] = better["requested_at"].replace("03-24", "03-26")
    write_parquet(log / "found.parquet", [better], TYPES)
    warehouse.build(table_log(log))
    assert periods(warehouse, "int_build_days", "usage_date") == {"2025-03-24", "2025-03-26"}
    assert periods(warehouse, "int_rebuilt_months", "month_start") == {"2025-03-01"}
    assert_as_from_nothing(warehouse, table_log(log))


def test_a_week_and_a_month_whose_last_record_is_gone_are_gone(
    warehouse: Warehouse, log: Path
) -> None:
    warehouse.build(table_log(log))
    for date in ("2025-03-03", "2025-03-31", "2025-04-02"):
        (log / f"{date}.parquet").unlink()
    warehouse.build(table_log(log))
    for name in ("int_tool_calls_weekly", "int_sequence_lengths_weekly"):
        assert periods(warehouse, name, "week_start") == {"2025-03-24"}
    assert periods(warehouse, "int_account_months", "month_start") == {"2025-03-01"}
    assert_as_from_nothing(warehouse, table_log(log))


def test_nothing_new_builds_no_week_and_another_first_day_builds_them_all(
    warehouse: Warehouse, log: Path
) -> None:
    warehouse.build(table_log(log))
    monday = stored(warehouse)
    assert all(monday.values())
    warehouse.forget_complete_build()
    warehouse.build(table_log(log))
    for name in ("int_build_weeks", "int_build_months"):
        assert warehouse.query(f"select count(*) from intermediate.{name}") == [(0,)]
    assert stored(warehouse) == monday
    sundays = table_log(log) | {"week_starts_on": "sunday"}
    warehouse.build(sundays)
    assert periods(warehouse, "int_tool_calls_weekly", "week_start") == {
        "2025-03-02",
        "2025-03-23",
        "2025-03-30",
    }
    assert_as_from_nothing(warehouse, sundays)
    warehouse.build(table_log(log))
    assert stored(warehouse) == monday


def test_a_build_killed_between_the_stored_tables_is_made_up_for(
    warehouse: Warehouse, log: Path
) -> None:
    warehouse.build(table_log(log))
    write_parquet(log / "2025-04-03.parquet", day(80, "2025-04-03"), TYPES)
    (log / "2025-03-03.parquet").unlink()
    # Each is built with all that it needs, and then nothing more: as if killed right after it.
    for name in STORED:
        run(warehouse, f"+{name}")
    warehouse.build(table_log(log))
    assert_as_from_nothing(warehouse, table_log(log))


def test_names_read_otherwise_build_their_months_also_after_a_killed_build(
    warehouse: Warehouse, log: Path
) -> None:
    warehouse.build(table_log(log))
    expected = stored(warehouse)["int_account_months"], warehouse.dump()
    # As if all had been built when the registry read gpt-5 as another model.
    warehouse.execute(
        "update intermediate.int_account_months set model_id = 'unknown/gpt-5' "
        "where model_id = 'openai/gpt-5' and month_start = '2025-03-01'; "
        "update intermediate.int_model_accounts_daily set labels_fingerprint = 'other' "
        "where usage_date = '2025-03-26'"
    )
    run(warehouse, "+int_relabelled_days")
    warehouse.build(table_log(log))
    assert periods(warehouse, "int_build_months", "month_start") == {"2025-03-01"}
    assert (stored(warehouse)["int_account_months"], warehouse.dump()) == expected
