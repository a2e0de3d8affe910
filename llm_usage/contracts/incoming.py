"""Logs held against the contract of what goes in, before anything is built of them."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from llm_usage import PROJECT_ROOT
from llm_usage.contracts.checking import CheckResult, check_tables
from llm_usage.contracts.engines import DuckDBTables
from llm_usage.contracts.odcs import CONTRACTS_FOLDER, INPUT_CONTRACT, SUFFIX, read_contract
from llm_usage.inputs import engine_settings

_READ_MODEL = "int_requests_unioned"
_OUR_NAMES = {"model": "raw_model"}
"""What a column of a log is called once it is read."""


def check_input(
    variables: Mapping[str, Any], folder: Path = CONTRACTS_FOLDER, docs: Path | None = None
) -> CheckResult:
    """Hold the logs of some settings against the contract of what goes in.

    They are read by the models that a build reads them by, into a warehouse that is thrown away.

    :param variables: the settings, as :func:`llm_usage.settings.read_settings` gives them.
    :param folder: where the contracts stand.
    :param docs: folder that the Data Docs are written to, anew; none without it.
    :returns: what came of it.
    :raises UsageError: a wrong setting or an unusable log, in one line.
    """
    contract = read_contract(folder / f"{INPUT_CONTRACT}{SUFFIX}")
    room = PROJECT_ROOT / "warehouse"
    room.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="check-", dir=room) as scratch:
        warehouse = Path(scratch) / "input.duckdb"
        _read_logs(variables, warehouse)
        with duckdb.connect(str(warehouse), config=engine_settings(Path(scratch))) as connection:
            connection.execute("set TimeZone = 'UTC'")
            columns = ", ".join(
                f"{_OUR_NAMES.get(column.name, column.name)} as {column.name}"
                for column in contract.columns
            )
            # Keys of people read as null: nothing here needs the salt.
            connection.execute(
                f"create or replace view main.{INPUT_CONTRACT} as "
                "select gateway, read_file, source_row, source_error, has_requested_at, "
                f"{columns} from intermediate.{_READ_MODEL}"
            )
            return check_tables([contract], DuckDBTables(connection, Path(scratch)), docs)


def _read_logs(variables: Mapping[str, Any], warehouse: Path) -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    from llm_usage.build import raise_failures

    outside = os.environ.get("LLM_USAGE_WAREHOUSE")
    os.environ["LLM_USAGE_WAREHOUSE"] = str(warehouse)
    words = ["run", "--select", f"+{_READ_MODEL}", "--quiet", "--log-level", "none"]
    # Not the folder of a build: what one has left there is of another warehouse.
    words += ["--target-path", str(warehouse.with_name("target")), "--no-partial-parse"]
    if variables:
        words += ["--vars", json.dumps(variables, default=str)]
    try:
        result = dbtRunner().invoke(words)
        DuckDBConnectionManager.close_all_connections()
    finally:
        if outside is None:
            del os.environ["LLM_USAGE_WAREHOUSE"]
        else:
            os.environ["LLM_USAGE_WAREHOUSE"] = outside
    if not result.success:
        raise_failures(result)
