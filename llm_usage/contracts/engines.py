"""The tables that contracts are held against, per engine: a small class each.

A class says how Great Expectations reads a table (`batch_definition`, `batch_parameters`), how SQL
names it (`relation`), what types it has, and answers a query. A further engine is a further class.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import duckdb

from llm_usage.errors import UsageError
from llm_usage.inputs import engine_settings
from llm_usage.publish import Mart
from llm_usage.relations import SALT_VARIABLE, DuckDB, literal
from llm_usage.salt import read_salt

_DUCKDB_TYPES = {
    "VARCHAR": "string",
    "BIGINT": "bigint",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}
_SPARK_TYPES = {"timestamp_ntz": "timestamp"}


class Tables(Protocol):
    """Tables of one engine."""

    def types(self, table: str) -> Mapping[str, str] | None:
        """Physical types by column, in the words of the contracts; none where no table is."""

    def relation(self, table: str) -> str:
        """The table as SQL names it."""

    def read_once(self, table: str, columns: Sequence[str]) -> None:
        """Keep what a view gives for some columns until the check is over."""

    def batch_definition(self, context: Any, table: str) -> Any:
        """What Great Expectations reads the table by."""

    def batch_parameters(self, table: str) -> dict[str, Any] | None:
        """What it is handed when the checkpoint runs."""

    def rows(self, query: str) -> list[tuple[tuple[str, Any], ...]]:
        """The answer to a query: per row its columns' names and values."""


class DuckDBTables:
    """Tables of a DuckDB connection, which stays the caller's to close.

    :param connection: one connection for all: an in-memory database is good as well.
    :param scratch: a folder for what a view gives, while a check runs.
    :param schema: where the tables stand.
    :param view_condition: SQL of the rows of a view that are read.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        scratch: Path,
        schema: str = "main",
        view_condition: str = "true",
    ) -> None:
        """Take the connection as it is."""
        self._connection = connection
        self._scratch = scratch
        self._schema = schema
        self._view_condition = view_condition
        self._kept: dict[str, str] = {}
        self._source: Any = None

    def types(self, table: str) -> Mapping[str, str] | None:
        """Physical types by column."""
        found = self._connection.execute(
            "select column_name, data_type from duckdb_columns() where schema_name = ? "
            "and table_name = ? and database_name = current_database() order by column_index",
            [self._schema, table],
        ).fetchall()
        return {name: _DUCKDB_TYPES.get(kind, kind.lower()) for name, kind in found} or None

    def relation(self, table: str) -> str:
        """The table as SQL names it."""
        return self._kept.get(table, f'"{self._schema}"."{table}"')

    def read_once(self, table: str, columns: Sequence[str]) -> None:
        """Write what the view gives as Parquet: memory stays bounded, and it is computed once.

        :raises UsageError: it cannot be read, mostly since a log is gone or has changed.
        """
        target = self._scratch / f"{table}.parquet"
        listed = ", ".join(f'"{name}"' for name in columns)
        try:
            self._connection.execute(
                f"copy (select {listed} from {self.relation(table)} where {self._view_condition}) "
                f"to {literal(target)} (format parquet)"
            )
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise UsageError(
                f"check: {table} cannot be read: {reason}; it reads the logs: build again where "
                "they are not as the last build found them"
            ) from None
        self._kept[table] = f"read_parquet({literal(target)})"

    def batch_definition(self, context: Any, table: str) -> Any:
        """A query over the table; Great Expectations computes its metrics in SQL."""
        if self._source is None:
            self._source = self._add_source(context)
        asset = self._source.add_query_asset(table, f"select * from {self.relation(table)}")
        return asset.add_batch_definition_whole_table("whole")

    def batch_parameters(self, table: str) -> dict[str, Any] | None:
        """Nothing: the query says all."""
        del table
        return None

    def rows(self, query: str) -> list[tuple[tuple[str, Any], ...]]:
        """The answer to a query."""
        result = self._connection.execute(query)
        names = [description[0] for description in result.description]
        return [tuple(zip(names, row, strict=True)) for row in result.fetchall()]

    def _add_source(self, context: Any) -> Any:
        from duckdb_engine import ConnectionWrapper, CursorWrapper
        from sqlalchemy.pool import StaticPool

        class _Connection(ConnectionWrapper):  # type: ignore[misc]
            """A cursor of its own for each statement.

            duckdb-engine lets all of them share one, so that the next statement takes away what
            Great Expectations has not yet read of the last.
            """

            def cursor(self) -> Any:
                return CursorWrapper(connection.cursor(), self)

            def close(self) -> None:
                """Nothing: the connection is the caller's."""

        connection = self._connection
        return context.data_sources.add_sql(
            "duckdb",
            connection_string="duckdb:///:memory:",
            create_temp_table=False,
            kwargs={"creator": lambda: _Connection(connection), "poolclass": StaticPool},
        )


# Of the view over the logs a build's own audit reads no more, or it would cost as much as all of
# history: the latest days that were built, a week of them at most, and the latest of all.
_LATEST_BUILT_DAYS = """
usage_date in (
    select usage_date
    from (
        select usage_date from intermediate.int_build_days
        union
        select max(usage_date) as usage_date from main.fct_usage_daily
    )
    order by usage_date desc nulls last
    limit 7
)
"""


@contextlib.contextmanager
def open_warehouse(warehouse: Path, latest_only: bool = False) -> Iterator[DuckDBTables]:
    """The tables of a warehouse, opened for reading.

    :param warehouse: a DuckDB file.
    :param latest_only: read of views over the logs only the latest days that were built.
    :raises UsageError: it is not there, or another process has it open for writing; one line.
    """
    if not warehouse.is_file():
        raise UsageError(f"{warehouse}: no such warehouse; run `make build` first")
    with tempfile.TemporaryDirectory(prefix="check-", dir=warehouse.parent) as folder:
        scratch = Path(folder)
        try:
            connection = duckdb.connect(
                str(warehouse), read_only=True, config=engine_settings(scratch)
            )
        except duckdb.IOException as error:
            if "Could not set lock" in str(error):
                raise UsageError(
                    f"{warehouse}: another process has the warehouse open; wait for its build"
                ) from None
            raise UsageError(f"{warehouse}: not readable: {' '.join(str(error).split())}") from None
        with connection:
            connection.execute("set TimeZone = 'UTC'")
            # Keys, and ids that are hashes, read as null without it.
            connection.execute(f"set variable {SALT_VARIABLE} = {literal(read_salt())}")
            condition = _LATEST_BUILT_DAYS if latest_only else "true"
            yield DuckDBTables(connection, scratch, view_condition=condition)


@contextlib.contextmanager
def open_marts(marts: Sequence[Mart], scratch: Path) -> Iterator[DuckDBTables]:
    """The marts of a build on another engine as readers will see them, read by DuckDB.

    :param marts: what is to be published.
    :param scratch: an existing folder for what does not fit into memory.
    """
    with duckdb.connect(config=engine_settings(scratch)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for mart in marts:
            connection.execute(f"create view {DuckDB.identifier(mart.name)} as {mart.query}")
        yield DuckDBTables(connection, scratch)


class SparkTables:
    """Tables of a Spark session.

    :param session: a session, classic or Connect.
    :param schema: where the tables stand.
    """

    def __init__(self, session: Any, schema: str = "main") -> None:
        """Take the session as it is."""
        self._session = session
        self._schema = schema
        self._kept: dict[str, str] = {}
        self._source: Any = None

    def types(self, table: str) -> Mapping[str, str] | None:
        """Physical types by column."""
        if not self._session.catalog.tableExists(f"{self._schema}.{table}"):
            return None
        fields = self._session.table(f"{self._schema}.{table}").schema.fields
        kinds = ((field.name, field.dataType.simpleString()) for field in fields)
        return {name: _SPARK_TYPES.get(kind, kind) for name, kind in kinds}

    def relation(self, table: str) -> str:
        """The table as SQL names it."""
        return self._kept.get(table, f"`{self._schema}`.`{table}`")

    def read_once(self, table: str, columns: Sequence[str]) -> None:
        """Cache what the view gives, in memory as far as it reaches and then on disk."""
        frame = self._session.table(self.relation(table)).select(*columns)
        frame.cache().createOrReplaceTempView(f"checked_{table}")
        self._kept[table] = f"`checked_{table}`"

    def batch_definition(self, context: Any, table: str) -> Any:
        """A data frame that is handed in when the checkpoint runs."""
        if self._source is None:
            self._source = context.data_sources.add_spark("spark", persist=False)
        asset = self._source.add_dataframe_asset(table)
        return asset.add_batch_definition_whole_dataframe("whole")

    def batch_parameters(self, table: str) -> dict[str, Any] | None:
        """The data frame."""
        return {"dataframe": self._session.table(self.relation(table))}

    def rows(self, query: str) -> list[tuple[tuple[str, Any], ...]]:
        """The answer to a query."""
        return [tuple(row.asDict().items()) for row in self._session.sql(query).collect()]


@contextlib.contextmanager
def open_spark(target: str, warehouse: Path) -> Iterator[SparkTables]:
    """The tables of a Spark warehouse.

    :param target: an output of ``profiles.yml`` whose type is ``spark``.
    :param warehouse: the folder of the warehouse.
    :raises UsageError: Spark lacks something, or the target has no session; one line.
    """
    from llm_usage.spark import open_session

    if target == "spark_thrift":
        raise UsageError("check: a Thrift server gives no data frames; take `spark_session`")
    os.environ["LLM_USAGE_WAREHOUSE"] = str(warehouse)
    session = open_session(target)
    # Where the raw views look for it: keys, and ids that are hashes, read as null without it.
    folder = warehouse.with_name(f"{warehouse.name}.salt")
    salt = folder / "salt"
    was_there = salt.exists()
    if folder.is_dir() and not was_there:
        handle = os.open(salt, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(read_salt())
    try:
        yield SparkTables(session, os.environ.get("LLM_USAGE_SPARK_SCHEMA", "main"))
    finally:
        if not was_there:
            salt.unlink(missing_ok=True)
