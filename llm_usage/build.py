"""One build: ``dbt build``, its failures in a line each, and what came of it."""

from pathlib import Path
from typing import Any, NoReturn

import duckdb

from llm_usage import unchanged
from llm_usage.errors import BuildFailed, UsageError

_MOST_FAILURES = 10


def run_build(options: list[str], warehouse: Path, data_tests: bool = True) -> str:
    """Run ``dbt build`` without unit tests, which test the code and not the logs.

    Where the last build was complete and made from just the same, all is left as it is.

    :param options: further words for dbt.
    :param warehouse: the DuckDB file that it builds.
    :param data_tests: whether the tables are tested as they are built.
    :returns: a table of what was built, ready to print.
    :raises UsageError: a setting or a log stopped the build at its start; one line.
    :raises BuildFailed: something failed on the way; one line per failure.
    """
    fingerprint = unchanged.made_from(options)
    if "--full-refresh" not in options and unchanged.is_complete(
        warehouse, fingerprint, data_tests
    ):
        return f"nothing new since the last build\n{summarise(warehouse)}"
    # Not before it is needed: dbt takes seconds to start.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    left_out = ["unit_test"] if data_tests else ["unit_test", "test"]
    words = ["build", "--exclude-resource-type", *left_out, "--quiet", "--log-level", "none"]
    result = dbtRunner().invoke([*words, *options])
    # The adapter keeps the file open for writing as long as the process lives.
    DuckDBConnectionManager.close_all_connections()
    if not result.success:
        raise_failures(result)
    unchanged.note(warehouse, fingerprint, data_tests)
    return summarise(warehouse)


def raise_failures(result: Any) -> NoReturn:
    """Say what failed in a run of dbt.

    :param result: what ``dbtRunner`` returned.
    :raises UsageError: a setting or a log stopped the run at its start; one line.
    :raises BuildFailed: something failed on the way; one line per failure.
    """
    if result.exception is not None:
        raise UsageError(_plain(str(result.exception)))
    failed = [
        node for node in result.result.results if node.status in ("error", "fail", "runtime error")
    ]
    for node in failed:
        # The message of a hook or an operation is written for the user; its place in the project is
        # not. What `run-operation` returns has no node.
        if not hasattr(node, "node") or node.node.resource_type == "operation":
            raise UsageError(_plain(node.message or ""))
    lines = [
        f"{node.node.resource_type} {node.node.name}: {_plain(node.message or '')}"
        for node in failed[:_MOST_FAILURES]
    ]
    if len(failed) > _MOST_FAILURES:
        lines.append(f"… and {len(failed) - _MOST_FAILURES} more")
    raise BuildFailed("\n".join(lines) or "dbt failed without saying why: see logs/dbt.log")


def _plain(message: str) -> str:
    """The line of a dbt error that says what is wrong."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith((">", "compiled code at"))]
    if len(lines) > 1 and lines[0].split(" in ")[0].endswith("Error"):
        lines = lines[1:]
    text = " ".join(lines)
    if "Could not set lock on file" in text:
        return "another process has the warehouse open; close it, or wait for its build to end"
    # What follows is DuckDB's advice on settings of its own.
    text = text.split(" Possible solutions:")[0].split(" This limit was set by")[0]
    if "max_temp_directory_size" in message or "No space left on device" in text:
        return (
            "the disk is short: what did not fit into memory was written beside the warehouse, up "
            "to nine tenths of the room there; make room, move the warehouse to a larger disk, or "
            f"raise LLM_USAGE_MEMORY_LIMIT ({text})"
        )
    if "Out of Memory Error" in text:
        return f"the memory limit is too low for this log: raise LLM_USAGE_MEMORY_LIMIT ({text})"
    if (
        "Unable to instantiate org.apache.hadoop.hive.ql.metadata.SessionHiveMetaStoreClient"
        in text
    ):
        return (
            "Spark's catalog cannot be opened: another process has the warehouse open, or its "
            "folder cannot be written"
        )
    if "All masters are unresponsive" in text or "SparkContext was shut down" in text:
        return "the Spark master does not answer, or has given up: check LLM_USAGE_SPARK_MASTER"
    if "UNAVAILABLE" in text and "connect" in text:
        return "the Spark Connect server does not answer: check SPARK_REMOTE"
    return text


def summarise(warehouse: Path) -> str:
    """What a warehouse holds: records per log and rows per mart.

    :param warehouse: a built DuckDB file.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        logs = connection.execute(
            "select gateway, population, sum(raw_records), sum(accepted_records), "
            "sum(rejected_records), sum(duplicate_records), "
            "min(usage_date) filter (where accepted_records > 0), "
            "max(usage_date) filter (where accepted_records > 0) "
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
