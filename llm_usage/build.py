"""One build: ``dbt build``, its failures in a line each, and what came of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import duckdb

from llm_usage.errors import BuildFailed, UsageError
from llm_usage.inputs import changed_files, forget_files, landing_folder
from llm_usage.publish import Mart, Place, publish
from llm_usage.relations import RAW_SCHEMA, DuckDB

_MOST_FAILURES = 10
_MOST_FILES = 5
_SHORTAGES = {
    "No space left on device|Disk quota exceeded": "the disk is full: make room, or move the "
    "warehouse to a larger disk",
    "max_temp_directory_size": "the disk is short: what did not fit into memory was written beside "
    "the warehouse, up to nine tenths of the room there; make room, move the warehouse to a larger "
    "disk, or raise LLM_USAGE_MEMORY_LIMIT",
    "Out of Memory Error": "the memory limit is too low for this log: raise LLM_USAGE_MEMORY_LIMIT",
}
"""What a machine has too little of, by what a message then says; the first one counts."""

_DAMAGE = re.compile(
    r"TProtocol|parquet|snappy|zstd|gzip|lz4|brotli|compress|corrupt|thrift|IO Error", re.IGNORECASE
)
"""What DuckDB says of a Parquet file whose pages are not what its footer says."""


@dataclass(frozen=True)
class Built:
    """What a build has made: a table ready to print, and the marts that can be published."""

    summary: str
    marts: Sequence[Mart]


def run_build(options: list[str], warehouse: Path, data_tests: bool = True) -> Built:
    """Run ``dbt build`` without unit tests, which test the code and not the logs.

    :param options: further words for dbt.
    :param warehouse: the DuckDB file that it builds.
    :param data_tests: whether the tables are tested as they are built.
    :returns: what was built; nothing is published yet.
    :raises UsageError: a setting or a log stopped the build at its start; one line.
    :raises BuildFailed: something failed on the way; one line per failure.
    """
    # Not before it is needed: dbt takes seconds to start.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    left_out = ["unit_test"] if data_tests else ["unit_test", "test"]
    words = ["build", "--exclude-resource-type", *left_out, "--quiet", "--log-level", "none"]
    before = _files_of_days(warehouse)
    forget_files(landing_folder(str(warehouse)))
    result = dbtRunner().invoke([*words, *options])
    # The adapter keeps the file open for writing as long as the process lives.
    DuckDBConnectionManager.close_all_connections()
    refuse_changed_files(landing_folder(str(warehouse)))
    if not result.success:
        try:
            raise_failures(result)
        except BuildFailed as failure:
            lines = [str(failure)]
            # Only then: to find the file, the log is read once more.
            if _DAMAGE.search(lines[0]):
                lines += _unreadable_files(warehouse)
            raise BuildFailed("\n".join(lines)) from None
    gone = before.keys() - _files_of_days(warehouse).keys()
    lines = _files_gone({file: before[file] for file in gone})
    marts = published_marts(result, lambda name: f"working.main.{DuckDB.identifier(name)}")
    return Built("\n".join([*lines, summarise(warehouse)]), marts)


def refuse_changed_files(landing: Path) -> None:
    """Stop where a file of a log is no longer what it was when the build began to read it.

    :param landing: the folder of the warehouse's landed files.
    :raises BuildFailed: one line that names them; the next build reads them again.
    """
    changed = changed_files(landing)
    if changed:
        raise BuildFailed(
            f"changed while the build read them: {_named(changed)}; build again when they are "
            "complete"
        )


def publish_marts(warehouse: Path, marts: Sequence[Mart]) -> str:
    """Publish what a build has made and its audits have passed.

    :param warehouse: the working warehouse: DuckDB's file, or Spark's folder.
    :param marts: the marts of the build.
    :returns: a line that says what was published.
    :raises BuildFailed: it could not be written; what was published stays as it was.
    """
    scratch = landing_folder(str(warehouse))
    attached = None if warehouse.is_dir() else warehouse
    try:
        return publish(Place.of(warehouse), marts, attached, scratch)
    except duckdb.Error as error:
        raise BuildFailed(f"the marts could not be published: {_plain(str(error))}") from None


def published_marts(result: Any, relation: Callable[[str], str]) -> list[Mart]:
    """The marts of a run of dbt that stand by themselves: tables, not views over the logs.

    :param result: what ``dbtRunner`` returned for a build of everything.
    :param relation: what a mart is read from, by its name.
    """
    nodes = [node.node for node in result.result.results if hasattr(node, "node")]
    return [
        Mart(
            node.name,
            relation(node.name),
            {name: column.data_type for name, column in node.columns.items()},
        )
        for node in nodes
        if node.resource_type == "model"
        and node.fqn[1] == "marts"
        and node.config.materialized == "table"
    ]


def _files_of_days(warehouse: Path) -> dict[tuple[str, str], set[str]]:
    """The days that each file of each log holds, as the last build that ended has read them."""
    if not warehouse.is_file():
        return {}
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            rows = connection.execute(
                "select gateway, source_file, list(distinct cast(usage_date as varchar)) "
                "filter (where usage_date is not null) from intermediate.int_built_days "
                "where source_file is not null group by all"
            ).fetchall()
    except duckdb.Error:
        # No build has ended here, or the file is none of DuckDB's: dbt says what is wrong with it.
        return {}
    return {(gateway, file): set(days or []) for gateway, file, days in rows}


def _files_gone(gone: Mapping[tuple[str, str], set[str]]) -> list[str]:
    """A line per log whose files are there no more."""
    lines = []
    for gateway in sorted({gateway for gateway, _ in gone}):
        files = sorted(file for other, file in gone if other == gateway)
        days = set().union(*(gone[gateway, file] for file in files))
        lines.append(
            f"{gateway}: gone since the last build: {len(files):,} of its files "
            f"({_named(files)}); the "
            f"{len(days):,} days that they held were built again without them"
        )
    return lines


def raise_failures(result: Any) -> NoReturn:
    """Say what failed in a run of dbt.

    :param result: what ``dbtRunner`` returned.
    :raises UsageError: a setting or a log stopped the run at its start; one line.
    :raises BuildFailed: something failed on the way; one line per failure.
    """
    if result.exception is not None:
        message = str(result.exception)
        # What a machine lacks is no wrong setting; it may show in the run's last step alone.
        kind = UsageError if _shortage(message) is None else BuildFailed
        raise kind(_plain(message))
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


def _unreadable_files(warehouse: Path) -> list[str]:
    """A line for each file of a log that cannot be read to its end: DuckDB does not name it."""
    lines = []
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            for gateway, read_file, source_file in connection.execute(
                f"select gateway, read_file, source_file from {RAW_SCHEMA}._input_files "
                "order by all"
            ).fetchall():
                try:
                    connection.execute(
                        f"select max(hash(columns(*))) from {RAW_SCHEMA}."
                        f"{DuckDB.identifier(gateway)} where read_file = ?",
                        [read_file],
                    ).fetchall()
                except duckdb.Error as error:
                    lines.append(f"{gateway}: file `{source_file}`: {_plain(str(error))}")
    except duckdb.Error:
        # What stopped the build stops this too, and has been told.
        return []
    return lines[:_MOST_FAILURES]


def _named(files: Sequence[str]) -> str:
    return ", ".join(files[:_MOST_FILES]) + (", …" if len(files) > _MOST_FILES else "")


def _shortage(message: str) -> str | None:
    """What to do about something that the machine has too little of, if that is what is wrong."""
    return next((told for words, told in _SHORTAGES.items() if re.search(words, message)), None)


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
    shortage = _shortage(message)
    if shortage is not None:
        return f"{shortage} ({text})"
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
