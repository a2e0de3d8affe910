"""Builds on Spark: by the command line, in processes of their own, as for DuckDB."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import parity
import pytest
import yaml

from llm_usage.errors import UsageError
from llm_usage.spark import check_requirements

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "python"))

SALT = "a salt for tests"
_LONGEST_SECONDS = 2400


def pytest_configure(config: pytest.Config) -> None:
    """Say in one line what is missing, instead of failing in every test."""
    del config
    try:
        check_requirements("spark")
    except UsageError as error:
        pytest.exit(str(error), returncode=2)


class SparkWarehouse:
    """A Spark warehouse in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "spark"
        self.settings = folder / "settings.yml"

    def environment(self, **more: str) -> dict[str, str]:
        return (
            os.environ
            | {"LLM_USAGE_SALT": SALT, "LLM_USAGE_WAREHOUSE": str(self.path)}
            | {"DBT_TARGET_PATH": str(self.folder / "target")}
            | {"DBT_LOG_PATH": str(self.folder / "logs"), "SPARK_LOCAL_IP": "127.0.0.1"}
            # What runs for minutes is not worth compiling twice.
            | {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1"}
            | more
        )

    def command(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )

    def build(
        self, settings: dict[str, Any], *options: str, master: str = "local[*]", word: str = "build"
    ) -> str:
        self.settings.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
        done = self.command(
            *("-m", "llm_usage", word, "--target", "spark", *options),
            *("--gateways", str(self.settings)),
            LLM_USAGE_SPARK_MASTER=master,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def duckdb_marts(self, settings: dict[str, Any]) -> dict[str, parity.Rows]:
        """The marts that DuckDB builds from the same logs."""
        self.settings.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
        warehouse = self.folder / "test.duckdb"
        done = self.command(
            *("-m", "llm_usage", "build", "--without-tests", "--gateways", str(self.settings)),
            *("--warehouse", str(warehouse)),
            DBT_TARGET_PATH=str(self.folder / "target-duckdb"),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return parity.read_duckdb(warehouse, SALT)

    def table(self, schema: str, name: str) -> parity.Rows:
        """A table's rows, read as Parquet without Spark; partitions are columns."""
        return parity.read_parquet({name: self.path / f"{schema}.db" / name})[name]

    def marts(self) -> dict[str, parity.Rows]:
        return parity.read_parquet(
            {folder.name: folder for folder in (self.path / "main.db").iterdir()}
        )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(os.environ.get("LLM_USAGE_SHARED", ROOT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"the public logs and registries are not at {folder}: set LLM_USAGE_SHARED")
    return folder
