"""What stands beside a log: read like it, and only the days that it changes are built again."""

import json
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from conftest import SALT, Warehouse, table_log
from log_files import PARQUET_TYPES, request, write_csv, write_json_lines, write_parquet

FAR_DAYS = ["2025-03-01", "2025-03-20", "2025-04-10"]
TAG_TYPES = {"request_id": "varchar", "tag": "varchar", "confidence": "double"}
ACCOUNT_TYPES = {"account_id": "varchar", "country_code": "varchar"}

Row = tuple[Any, ...]


def tag(number: int, path: str = "/Games", confidence: object = 0.9) -> dict[str, Any]:
    return {"request_id": f"r{number}", "tag": path, "confidence": confidence}


def country(account: str, code: str) -> dict[str, Any]:
    return {"account_id": account, "country_code": code}


class Beside:
    """A log with far days, and folders for its tags and accounts."""

    def __init__(self, folder: Path, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.log, self.tags, self.accounts = (folder / name for name in ("log", "tags", "accounts"))
        for path in (self.log, self.tags, self.accounts):
            path.mkdir()
        for number, day in enumerate(FAR_DAYS):
            self.write_log(day, [request(10 * number + place, day) for place in range(3)])

    def write_log(self, name: str, records: Iterable[dict[str, Any]]) -> None:
        write_parquet(self.log / f"{name}.parquet", records, PARQUET_TYPES)

    def settings(self, sampling_rate: float = 0.05) -> dict[str, Any]:
        beside = {
            "tags": {"location": str(self.tags), "sampling_rate": sampling_rate},
            "accounts": {"location": str(self.accounts)},
        }
        return table_log(self.log, **{k: v for k, v in beside.items() if any(self.files(k))})

    def files(self, name: str) -> list[Path]:
        return sorted(getattr(self, name).iterdir())

    def build(self, **settings: Any) -> None:
        """Build the models alone: what the data tests say is not asked here, and takes long."""
        done = self.run_dbt("--exclude-resource-type", "unit_test", "test", **settings)
        assert done.returncode == 0, done.stdout

    def run_dbt(self, *options: str, **settings: Any) -> subprocess.CompletedProcess[str]:
        variables = json.dumps(self.settings(**settings))
        return self.warehouse.command(
            *("-m", "dbt.cli.main", "build", "--vars", variables, *options)
        )

    def kept(self) -> dict[str, list[Row]]:
        """Every mart, and what is stored of the classified requests."""
        classified = self.warehouse.query(
            "select * from intermediate.int_classified_requests order by all"
        )
        return self.warehouse.dump() | {"classified": classified}

    def from_nothing(self, **settings: Any) -> dict[str, list[Row]]:
        folder = self.warehouse.folder / f"fresh{time.monotonic_ns()}"
        folder.mkdir()
        fresh = Beside.__new__(Beside)
        fresh.__dict__ = self.__dict__ | {"warehouse": Warehouse(folder)}
        fresh.build(**settings)
        return fresh.kept()

    def tags_found(self) -> dict[str, str]:
        return dict(
            self.warehouse.query("select request_id, tag from intermediate.int_classified_requests")
        )

    def days(self, model: str) -> set[str]:
        rows = self.warehouse.query(f"select usage_date::varchar from intermediate.{model}")
        return {day for (day,) in rows}

    def lookups(self) -> set[str]:
        rows = self.warehouse.query("select request_id from intermediate.int_tag_lookups")
        return {request_id for (request_id,) in rows}


@pytest.fixture
def beside(tmp_path: Path, warehouse: Warehouse) -> Beside:
    return Beside(tmp_path, warehouse)


def test_files_of_every_kind_are_read_alike_and_what_cannot_be_used_is_kept(
    beside: Beside, tmp_path: Path
) -> None:
    tags = [tag(0), tag(0, "/Arts"), tag(1, "/Arts", 0.3), tag(99), tag(2, ""), tag(2, "/Arts", 2)]
    accounts = [country("account-0", "na"), country("account-1", "ZZ"), country("", "DE")]
    kinds = {
        "csv": (write_csv, ".csv"),
        "csv_gz": (write_csv, ".csv.gz"),
        "lines": (write_json_lines, ".jsonl"),
        "lines_gz": (write_json_lines, ".jsonl.gz"),
    }
    gateways = []
    for name in [*kinds, "parquet"]:
        if name == "parquet":
            paths = [
                write_parquet(tmp_path / "tags.parquet", tags, TAG_TYPES),
                write_parquet(tmp_path / "accounts.parquet", accounts, ACCOUNT_TYPES),
            ]
        else:
            write, ending = kinds[name]
            paths = [
                write(tmp_path / f"tags{ending}", tags),
                write(tmp_path / f"accounts{ending}", accounts),
            ]
        (entry,) = table_log(
            beside.log / f"{FAR_DAYS[0]}.parquet",
            population=name,
            tags={"location": str(paths[0]), "sampling_rate": 0.05},
            accounts={"location": str(paths[1])},
        )["gateways"]
        gateways.append(entry | {"name": name})
    beside.warehouse.build({"build_clock": "2026-01-01 00:00:00", "gateways": gateways})
    for entry in gateways:
        name = entry["name"]
        assert beside.warehouse.query(
            "select population, request_id, tag, confidence, sampling_rate, tokens "
            f"from intermediate.int_classified_requests where gateway = '{name}' order by all"
        ) == [
            (name, "r0", "/Arts", 0.9, 0.05, 110),
            (name, "r1", "/Arts", 0.3, 0.05, 110),
        ]
        assert beside.warehouse.query(
            "select request_id, country_code, continent from fct_requests "
            f"where gateway = '{name}' order by all"
        ) == [("r0", "NA", "Africa"), ("r1", "unknown", "unknown"), ("r2", "unknown", "unknown")]
        assert beside.warehouse.query(
            "select source_file, record_key, reasons from fct_rejected_records "
            f"where gateway = '{name}' order by all"
        ) == [
            (entry["accounts"]["location"], "accounts record 2", "account_country_unknown"),
            (entry["accounts"]["location"], "accounts record 3", "account_id_missing"),
            (entry["tags"]["location"], "tags record 5", "tag_missing"),
            (entry["tags"]["location"], "tags record 6", "tag_confidence_out_of_range"),
        ]
    # They are no records of the log.
    assert beside.warehouse.query(
        "select distinct raw_records, rejected_records from data_quality_daily"
    ) == [(3, 0)]


def test_tags_change_the_days_of_their_requests_and_no_others(beside: Beside) -> None:
    write_csv(beside.tags / "a.csv", [tag(0), tag(1), tag(20), tag(99)])
    beside.build()
    assert beside.tags_found() == {"r0": "/Games", "r1": "/Games", "r20": "/Games"}

    # A new day with its tags: nothing is looked for on the others, nor the tag without a request.
    beside.write_log("2025-05-01", [request(30, "2025-05-01")])
    write_csv(beside.tags / "b.csv", [tag(30)])
    beside.build()
    assert beside.lookups() == set()
    assert beside.days("int_tag_days") == beside.days("int_build_days") == {"2025-05-01"}

    # Nothing new: no day, no reading.
    before = beside.kept()
    beside.build()
    assert beside.lookups() == beside.days("int_tag_days") == set()
    assert beside.kept() == before

    # Late for r10, changed for r20, gone for r1; r0 stays as it is.
    write_csv(beside.tags / "a.csv", [tag(0), tag(20, "/Arts"), tag(99)])
    write_csv(beside.tags / "late.csv", [tag(10)])
    beside.build()
    assert beside.lookups() == {"r10"}
    assert beside.days("int_build_days") == set()
    assert beside.days("int_tag_days") == set(FAR_DAYS)
    assert beside.tags_found() == {"r0": "/Games", "r10": "/Games", "r20": "/Arts", "r30": "/Games"}
    assert beside.kept() == beside.from_nothing()

    # The rate is part of the result; the request of a tag that waited for it arrives.
    beside.write_log("2025-05-02", [request(99, "2025-05-02")])
    beside.build(sampling_rate=0.1)
    assert beside.lookups() == set()
    assert beside.tags_found()["r99"] == "/Games"
    assert beside.kept() == beside.from_nothing(sampling_rate=0.1)

    # No tags any more.
    for path in beside.files("tags"):
        path.unlink()
    beside.build()
    assert beside.tags_found() == {}


def test_a_tag_counts_for_the_last_request_of_its_id(beside: Beside) -> None:
    # r0 of 03-01 was used again on 04-10, far beyond the horizon; its tag comes with the former.
    beside.write_log("again", [request(0, FAR_DAYS[2])])
    (beside.log / f"{FAR_DAYS[0]}.parquet").rename(beside.log.parent / "first.parquet")
    beside.build()
    (beside.log.parent / "first.parquet").rename(beside.log / "first.parquet")
    write_csv(beside.tags / "a.csv", [tag(0), tag(1)])
    beside.build()
    day_of_r0 = (
        "select usage_date::varchar from intermediate.int_classified_requests "
        "where request_id = 'r0'"
    )
    assert beside.lookups() == {"r0", "r1"}
    assert beside.warehouse.query(day_of_r0) == [(FAR_DAYS[2],)]
    assert beside.kept() == beside.from_nothing()

    # The later one is gone: the tag falls back. It moves on again when there is another.
    (beside.log / "again.parquet").unlink()
    beside.build()
    assert beside.warehouse.query(day_of_r0) == [(FAR_DAYS[0],)]
    beside.write_log("again", [request(0, "2025-05-01")])
    beside.build()
    assert beside.warehouse.query(day_of_r0) == [("2025-05-01",)]
    assert FAR_DAYS[0] in beside.days("int_tag_days")
    assert beside.kept() == beside.from_nothing()


def test_countries_of_accounts_change_the_days_of_their_requests(beside: Beside) -> None:
    write_csv(beside.accounts / "a.csv", [country("account-0", "DE"), country("nobody", "FR")])
    beside.build()
    # A new account with its first request needs no search.
    beside.write_log("2025-05-01", [request(30, "2025-05-01", account_id="new")])
    write_csv(beside.accounts / "b.csv", [country("new", "US")])
    beside.build()
    changes = "select change, count(*) from intermediate.int_changed_accounts group by 1 order by 1"
    assert beside.warehouse.query(changes) == []
    assert beside.days("int_changed_account_days") == set()
    # One that was there before its country does, and so do a changed and a removed one.
    write_csv(beside.accounts / "a.csv", [country("account-0", "IT")])
    write_csv(beside.accounts / "b.csv", [country("account-1", "BR"), country("account-1", "CL")])
    beside.build()
    assert beside.warehouse.query(changes) == [("added", 1), ("changed", 1), ("removed", 2)]
    assert beside.days("int_changed_account_days") == {*FAR_DAYS, "2025-05-01"}
    assert beside.warehouse.query(
        "select country_code, count(*) from fct_requests group by 1 order by 1"
    ) == [("BR", 3), ("IT", 3), ("unknown", 4)]
    assert beside.kept() == beside.from_nothing()
    # Removed and named again: it is known to have been there.
    write_csv(beside.accounts / "c.csv", [country("new", "US")])
    beside.build()
    assert beside.days("int_changed_account_days") == {"2025-05-01"}


def test_a_killed_build_is_followed_by_a_good_one(beside: Beside) -> None:
    write_csv(beside.tags / "a.csv", [tag(0), tag(10)])
    beside.build()
    write_csv(beside.tags / "b.csv", [tag(1), tag(10, "/Arts", 1)])
    beside.write_log("2025-05-01", [request(30, "2025-05-01")])
    beside.warehouse.settings.write_text(json.dumps(beside.settings()))
    beside.warehouse.kill_build(delays=(0.0, 1.5))
    beside.build()
    assert beside.kept() == beside.from_nothing()


def test_a_build_cut_short_leaves_nothing_of_an_input_that_was_taken_back(beside: Beside) -> None:
    def cut_short() -> None:
        beside.run_dbt(
            *("--exclude-resource-type", "unit_test", "test"),
            *("--exclude", "int_unmatched_tags", "int_built_days"),
        )

    # Even of the first: it read the wrong log.
    write_csv(beside.tags / "a.csv", [tag(0), tag(500)])
    beside.write_log("wrong", [request(500, "2025-06-01")])
    cut_short()
    assert len(beside.tags_found()) == 2
    (beside.log / "wrong.parquet").unlink()
    beside.build()
    assert beside.tags_found() == {"r0": "/Games"}
    right = beside.kept()

    beside.write_log("wrong", [request(501, "2025-06-02")])
    write_csv(beside.tags / "b.csv", [tag(501), tag(10), tag(0, "/Arts", 1)])
    cut_short()
    assert len(beside.tags_found()) == 3
    (beside.log / "wrong.parquet").unlink()
    (beside.tags / "b.csv").unlink()
    beside.build()
    assert beside.kept() == right == beside.from_nothing()


def test_keys_of_accounts_and_other_columns_stay_outside(
    beside: Beside, warehouse: Warehouse, tmp_path: Path
) -> None:
    planted = "planted-account-4711"
    secrets = [planted, "planted prompt", SALT]
    write_csv(
        beside.accounts / "a.csv", [country(planted, "DE") | {"note": "planted prompt of an owner"}]
    )
    write_parquet(
        beside.accounts / "b.parquet",
        [country(planted, "DE"), country(planted, "?")],
        ACCOUNT_TYPES,
    )
    (beside.accounts / "c.csv").write_text(f"account_id,country_code\n{planted},DE,too,many\n")
    write_json_lines(beside.tags / "a.jsonl", [tag(0) | {"prompt": "planted prompt"}])
    beside.write_log("planted", [request(7, FAR_DAYS[0], account_id=planted)])
    beside.build()
    assert warehouse.query("select count(*) from fct_requests where country_code = 'DE'") == [(1,)]
    assert warehouse.query("select count(*) from fct_rejected_records") == [(2,)]
    given = {beside.log, beside.tags, beside.accounts}
    left = [
        path for path in tmp_path.rglob("*") if path.is_file() and not given & set(path.parents)
    ]
    assert any("landing" in str(path) for path in left)
    for path in left:
        content = path.read_bytes()
        assert not any(secret.encode() in content for secret in secrets), path
    for schema, name in warehouse.query(
        "select table_schema, table_name from information_schema.tables"
    ):
        rows = str(warehouse.query(f"select * from {schema}.{name}"))
        assert not any(secret in rows for secret in secrets), name


def test_what_is_wrong_beside_a_log_stops_the_build_with_one_line(beside: Beside) -> None:
    settings = beside.settings()
    settings["gateways"][0]["tags"] = {"location": str(beside.tags)}
    assert "gateway `log`: `tags:` needs `sampling_rate:`" in beside.warehouse.refuse(settings)
    (beside.tags / "a.csv").write_text("request_id,label,confidence\n")
    message = beside.warehouse.refuse(beside.settings())
    assert "gateway `log`, `tags:`: the input lacks the required column `tag`" in message
