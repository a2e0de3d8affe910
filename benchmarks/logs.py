"""The demo log of a benchmark, and the files that arrive in it later."""

import datetime
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from llm_usage import PROJECT_ROOT
from llm_usage.demo import SAMPLING_RATE

SEED = 7
GATEWAY = "demo"
NEW_DAY_FILE = "benchmark-new-day.parquet"
LATE_FILE = "benchmark-late.parquet"
LATE_DAYS = 3
LATE_PART = 0.01
"""Of an old day's requests, how many arrive late: a hundredth, at least one."""


@dataclass(frozen=True)
class Log:
    """A demo log: its folder, and the size of it when it was written."""

    folder: Path
    requests_asked: int
    records: int
    request_bytes: int
    request_files: int
    side_bytes: int
    seconds_to_write: float | None

    def as_dict(self) -> dict[str, Any]:
        """What a result says of its input; the folder is the machine's own business."""
        return {
            "requests_asked": self.requests_asked,
            "seed": SEED,
            "records": self.records,
            "request_bytes": self.request_bytes,
            "request_files": self.request_files,
            "side_bytes": self.side_bytes,
            "seconds_to_write": self.seconds_to_write,
        }

    @property
    def requests(self) -> Path:
        """The folder of the requests, one folder a day in it."""
        return self.folder / "requests"


@dataclass(frozen=True)
class Arrival:
    """A file that arrives in a log: the records it holds by the day that they are of."""

    path: Path
    records_by_day: dict[datetime.date, int]

    @property
    def records(self) -> int:
        """All its records."""
        return sum(self.records_by_day.values())


def demo_log(folder: Path, requests: int) -> Log:
    """The demo log in a folder, written if it is not there or was not finished.

    :param folder: where it stands; ``log.json`` beside it is written last and marks it as whole.
    :param requests: how many requests the demo is asked for.
    """
    mark = _mark(folder)
    if not mark.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        started = datetime.datetime.now()
        words = ["demo", "--requests", str(requests), "--seed", str(SEED), "--folder", str(folder)]
        words += ["--sampling-rate", str(sampling_rate(requests))]
        subprocess.run([sys.executable, "-m", "llm_usage", *words], cwd=PROJECT_ROOT, check=True)
        seconds = (datetime.datetime.now() - started).total_seconds()
        files = list(folder.glob("requests/**/*.parquet"))
        sides = [*folder.glob("tags/*.parquet"), *folder.glob("accounts/*.parquet")]
        about = {
            "requests_asked": requests,
            "records": count_records(folder),
            "request_bytes": sum(path.stat().st_size for path in files),
            "request_files": len(files),
            "side_bytes": sum(path.stat().st_size for path in sides),
            "seconds_to_write": round(seconds, 1),
        }
        mark.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    remove_arrivals(folder)
    return Log(folder, **demo_log_about(folder))


def demo_log_about(folder: Path) -> dict[str, Any]:
    """What was noted of a demo log when it was written: its size, asked for and found."""
    return dict(json.loads(_mark(folder).read_text(encoding="utf-8")))


def _mark(folder: Path) -> Path:
    return folder.with_suffix(".json")


def write_settings(log: Log, path: Path) -> None:
    """Write the settings file that names a log as the demo's own entry does."""
    variables = yaml.safe_load((PROJECT_ROOT / "dbt_project.yml").read_text("utf-8"))["vars"]
    entry = dict(variables["gateways"][0])
    entry["location"] = f"{log.folder}/requests/**/*.parquet"
    entry["tags"] = {
        "location": f"{log.folder}/tags/*.parquet",
        "sampling_rate": sampling_rate(log.requests_asked),
    }
    entry["accounts"] = {"location": f"{log.folder}/accounts/*.parquet"}
    path.write_text(yaml.safe_dump({"gateways": [entry]}, sort_keys=False), encoding="utf-8")


def sampling_rate(requests: int) -> float:
    """The part of a log of so many requests that is classified: a sample of one size.

    The demo's own rate up to 2 M requests. Nobody classifies two fifths of a hundred million.
    """
    return min(SAMPLING_RATE, SAMPLING_RATE * 2_000_000 / requests)


def count_records(folder: Path) -> int:
    """Records of a log's requests as the files' own footers count them."""
    with duckdb.connect() as connection:
        (found,) = connection.execute(
            "select sum(num_rows) from parquet_file_metadata(?)",
            [f"{folder}/requests/**/*.parquet"],
        ).fetchone() or (0,)
    return int(found)


def remove_arrivals(folder: Path) -> None:
    """Take away what a phase before wrote into the log, also one that was broken off."""
    for name in (NEW_DAY_FILE, LATE_FILE):
        for path in folder.glob(f"requests/*/{name}"):
            path.unlink()
            # A folder that held nothing else came with it.
            if not any(path.parent.iterdir()):
                path.parent.rmdir()


def add_new_day(log: Log) -> Arrival:
    """Write the day after the log's last: that day's own rows, a day on, with new ids.

    Its rows are those of the last folder that holds requests of its own date, broken ones among
    them as they are, except rows of another date (deliveries that came late). Repeats within the
    day stay repeats, since equal ids become equal ids.
    """
    with duckdb.connect() as connection:
        last = _own_days(connection, log)[-1]
        new = last + datetime.timedelta(1)
        path = log.requests / f"requested_on={new}" / NEW_DAY_FILE
        path.parent.mkdir(exist_ok=True)
        connection.execute(
            f"""
            copy (
                select * replace (
                    'new-' || request_id as request_id,
                    requested_at + interval 1 day as requested_at
                )
                from read_parquet('{_day_files(log, last)}', hive_partitioning = false)
                where cast(requested_at as date) = date '{last}'
            ) to '{path}' (format parquet, compression zstd)
            """
        )
        (records,) = connection.execute(f"select count(*) from '{path}'").fetchone() or (0,)
    return Arrival(path, {new: int(records)})


def add_late_file(log: Log) -> Arrival:
    """Write one file into the folder of the last day that holds requests of three old days.

    The days lie at a quarter, a half and three quarters of the log's; of each a hundredth of its
    valid-dated rows comes again under new ids, as requests that were delivered late.
    """
    with duckdb.connect() as connection:
        days = _own_days(connection, log)
        old = [days[len(days) * place // (LATE_DAYS + 1)] for place in range(1, LATE_DAYS + 1)]
        path = log.requests / f"requested_on={days[-1]}" / LATE_FILE
        parts = [
            f"""
            select * replace ('late-' || request_id as request_id)
            from (
                select *, row_number() over (order by request_id) as place, count(*) over () as own
                from read_parquet('{_day_files(log, day)}', hive_partitioning = false)
                where cast(requested_at as date) = date '{day}'
            )
            where place <= greatest(1, own * {LATE_PART})
            """
            for day in old
        ]
        union = " union all ".join(f"select * exclude (place, own) from ({one})" for one in parts)
        connection.execute(f"copy ({union}) to '{path}' (format parquet, compression zstd)")
        by_day = connection.execute(
            f"select cast(requested_at as date), count(*) from '{path}' group by all order by all"
        ).fetchall()
    return Arrival(path, {day: int(records) for day, records in by_day})


def _own_days(connection: duckdb.DuckDBPyConnection, log: Log) -> list[datetime.date]:
    """Days whose folder holds at least a twentieth of the rows of the median folder.

    The last folders of the demo hold nothing but what came late for the days before.
    """
    rows = connection.execute(
        """
        with sizes as (
            select
                cast(regexp_extract(file_name, 'requested_on=([0-9-]+)', 1) as date) as day,
                sum(num_rows) as records
            from parquet_file_metadata(?)
            group by all
        )
        select day from sizes where records >= (select median(records) / 20 from sizes) order by day
        """,
        [f"{log.requests}/**/*.parquet"],
    ).fetchall()
    return [day for (day,) in rows]


def _day_files(log: Log, day: datetime.date) -> str:
    return f"{log.requests}/requested_on={day}/*.parquet"
