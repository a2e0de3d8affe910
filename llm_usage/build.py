"""One build: ``dbt build``, its failures in a line each, and what came of it."""

from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from llm_usage.errors import UsageError

_MOST_FAILURES = 10


def run_build(options: list[str], warehouse: Path) -> str:
    """Run ``dbt build`` without unit tests, which test the code and not the logs.

    :param options: further words for dbt.
    :param warehouse: the DuckDB file that it builds.
    :returns: a table of what was built, ready to print.
    :raises UsageError: the build failed; one line per failure.
    """
    words = ["build", "--exclude-resource-type", "unit_test", "--quiet", "--log-level", "none"]
    result = dbtRunner().invoke([*words, *options])
    # The adapter keeps the file open for writing as long as the process lives.
    DuckDBConnectionManager.close_all_connections()
    failures = _failures(result)
    if failures:
        more = len(failures) - _MOST_FAILURES
        lines = failures[:_MOST_FAILURES] + ([f"… and {more} more"] if more > 0 else [])
        raise UsageError("\n".join(lines))
    return summarise(warehouse)


def _failures(result: Any) -> list[str]:
    if result.success:
        return []
    if result.exception is not None:
        return [_plain(str(result.exception))]
    return [
        line
        for node in result.result.results
        if node.status in ("error", "fail", "runtime error")
        for line in [_describe(node)]
    ]


def _describe(node: Any) -> str:
    message = _plain(node.message or "")
    # The hook's message is written for the user; its place in the project is not.
    if node.node.resource_type == "operation":
        return message
    return f"{node.node.resource_type} {node.node.name}: {message}"


def _plain(message: str) -> str:
    """The line of a dbt error that says what is wrong."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith((">", "compiled code at"))]
    if len(lines) > 1 and lines[0].split(" in ")[0].endswith("Error"):
        lines = lines[1:]
    text = " ".join(lines)
    if "Could not set lock on file" in text:
        return "another process has the warehouse open; close it, or wait for its build to end"
    return text


def summarise(warehouse: Path) -> str:
    """What a warehouse holds: records per log and rows per mart.

    :param warehouse: a built DuckDB file.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        logs = connection.execute(
            "select gateway, population, sum(raw_records), sum(accepted_records), "
            "sum(rejected_records), sum(duplicate_records), min(usage_date), max(usage_date) "
            "from data_quality_daily group by all order by all"
        ).fetchall()
        marts = connection.execute(
            "select table_name, estimated_size from duckdb_tables() "
            "where schema_name = 'main' order by table_name"
        ).fetchall()
    lines = []
    for gateway, population, raw, accepted, rejected, duplicate, first, last in logs:
        lines.append(
            f"{gateway} ({population}): {raw:,} records = {accepted:,} accepted + {rejected:,} "
            f"rejected + {duplicate:,} duplicates, {first} to {last}"
        )
    width = max((len(name) for name, _ in marts), default=0)
    lines += [f"  {name:<{width}}  {rows:>9,} rows" for name, rows in marts]
    return "\n".join(lines)
