"""What the tests share: a place for a warehouse, a way to build it, and the real data."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from warm_commands import run_python

ROOT = Path(__file__).resolve().parents[2]
SALT = "a salt for tests"


class Warehouse:
    """A warehouse in a folder of its own, built by the command line in a process of its own.

    Most builds leave the data tests out, which take twice as long as the tables: they run where a
    whole log is built (the real logs, the demo, the second implementation) and in plain dbt.
    """

    def __init__(self, folder: Path, data_tests: bool = False) -> None:
        self.folder = folder
        self.data_tests = data_tests
        self.path = folder / "test.duckdb"
        self.settings = folder / "settings.yml"

    def run(self, settings: dict[str, Any], *options: str) -> subprocess.CompletedProcess[str]:
        self.settings.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
        return self.command(
            *("-m", "llm_usage", "build", "--gateways", str(self.settings)),
            *("--warehouse", str(self.path), *options),
            *([] if self.data_tests else ["--without-tests"]),
        )

    def command(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Python with a salt, and with all that it leaves in this folder."""
        places = {
            "LLM_USAGE_WAREHOUSE": str(self.path),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
        }
        given = os.environ | {"LLM_USAGE_SALT": SALT} | places | environment
        return run_python(words, given, timeout_seconds=600)

    def build(self, settings: dict[str, Any], *options: str) -> str:
        done = self.run(settings, *options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refuse(self, settings: dict[str, Any]) -> str:
        """The one line that a build with wrong settings stops with."""
        done = self.run(settings)
        assert done.returncode == 2, done.stdout + done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr.removeprefix("llm-usage: ").strip()

    def kill_build(self, delays: Sequence[float]) -> None:
        """Kill a build with the settings as they stand, once per delay, in seconds, after the
        first bytes of its write-ahead log."""
        wal = Path(f"{self.path}.wal")
        for delay in delays:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "llm_usage", "build"),
                    *("--gateways", str(self.settings), "--warehouse", str(self.path)),
                ],
                cwd=ROOT,
                env=os.environ
                | {"LLM_USAGE_SALT": SALT, "DBT_TARGET_PATH": str(self.folder / "target")},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            deadline = time.monotonic() + 120
            while not (wal.exists() and wal.stat().st_size) and process.poll() is None:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            time.sleep(delay)
            assert process.poll() is None, "the build ended before it could be killed"
            process.send_signal(signal.SIGKILL)
            process.wait()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute(f"set variable llm_usage_salt = '{SALT}'")
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        """Change what is stored: what a test cannot bring about by a build."""
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql)

    def forget_complete_build(self) -> None:
        """Let the next build run also where nothing is new."""
        self.path.touch()

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every mart, sorted: what two builds are compared by."""
        names = self.query(
            "select table_name from information_schema.tables where table_schema = 'main'"
        )
        return {name: self.query(f"select * from {name} order by all") for (name,) in sorted(names)}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(os.environ.get("LLM_USAGE_SHARED", ROOT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"the public logs and registries are not at {folder}: set LLM_USAGE_SHARED")
    return folder


def table_log(location: object, **more: Any) -> dict[str, Any]:
    """Settings with one log in the canonical columns."""
    return {
        "build_clock": "2026-01-01 00:00:00",
        "gateways": [{"name": "log", "format": "table", "location": str(location)} | more],
    }


def several_logs(locations: dict[str, Path]) -> dict[str, Any]:
    """Settings with one log per location, each in the canonical columns."""
    return {
        "build_clock": "2026-01-01 00:00:00",
        "gateways": [
            {"name": name, "format": "table", "location": str(location)}
            for name, location in locations.items()
        ],
    }
