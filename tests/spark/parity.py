"""Marts of two engines side by side: what must be equal to the digit is, and what may differ in its
last digits does so by no more than a billionth."""

import json
import math
from pathlib import Path
from typing import Any

import duckdb

Rows = list[dict[str, Any]]
TOLERANCE = 1e-9


def read_duckdb(warehouse: Path, salt: str) -> dict[str, Rows]:
    """Every mart of a DuckDB warehouse."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute(f"set variable llm_usage_salt = '{salt}'")
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'main'"
        ).fetchall()
        return {name: _rows(connection, f"select * from {name}") for (name,) in names}


def read_parquet(folders: dict[str, Path]) -> dict[str, Rows]:
    """Tables that Spark has written, by name."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        return {
            name: _rows(
                connection,
                f"select * from read_parquet('{folder}/**/*.parquet', hive_partitioning = true)",
            )
            for name, folder in folders.items()
        }


def read_published(database: Path) -> dict[str, Rows]:
    """Every table of a DuckDB file that was published."""
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute("show tables").fetchall()
        return {name: _rows(connection, f"select * from {name}") for (name,) in names}


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> Rows:
    result = connection.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def differences(ours: Rows, theirs: Rows, most: int = 5) -> list[str]:
    """What differs between two tables, a line each; none where they are equal.

    Doubles are compared as numbers, all else (keys, counts, texts, dates) as it is.
    """
    if len(ours) != len(theirs):
        return [f"{len(ours)} rows, not {len(theirs)}"]
    if not ours:
        return []
    if ours[0].keys() != theirs[0].keys():
        return [f"columns {sorted(ours[0].keys() ^ theirs[0].keys())}"]
    measures = {name for row in [*ours, *theirs] for name, value in row.items() if _is_float(value)}
    exact = [name for name in ours[0] if name not in measures]
    found = []
    for mine, other in zip(_sorted(ours, exact), _sorted(theirs, exact), strict=True):
        wrong = [name for name in mine if not _equal(name, mine[name], other[name])]
        if wrong:
            key = {name: mine[name] for name in exact[:6]}
            found.append(
                f"{key}: " + ", ".join(f"{name} {mine[name]!r} / {other[name]!r}" for name in wrong)
            )
        if len(found) >= most:
            break
    return found


def _sorted(rows: Rows, exact: list[str]) -> Rows:
    return sorted(rows, key=lambda row: [str(row[name]) for name in exact])


def _is_float(value: Any) -> bool:
    return isinstance(value, float)


def _equal(name: str, mine: Any, other: Any) -> bool:
    if name == "record" and mine != other:
        # Engines spell some numbers in their own ways: 4.3E-4 and 0.00043, NaN and nan.
        return _spelt_alike(json.loads(mine)) == _spelt_alike(json.loads(other))
    if not (_is_float(mine) and _is_float(other)):
        return _plain(mine) == _plain(other)
    money = TOLERANCE if name.endswith("usd") else 0.0
    return math.isclose(mine, other, rel_tol=TOLERANCE, abs_tol=money)


def _spelt_alike(record: dict[str, Any]) -> dict[str, Any]:
    def number(value: Any) -> Any:
        try:
            read = float(value)
        except (TypeError, ValueError):
            return value
        return str(read) if math.isnan(read) else read

    return {name: number(value) for name, value in record.items()}


def _plain(value: Any) -> Any:
    """Spark's timestamps have a zone, UTC."""
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value
