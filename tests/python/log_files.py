"""Small logs for tests, written in the shape that a test asks for."""

import csv
import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

Record = Mapping[str, Any]


def request(number: int, day: str = "2025-03-10", **values: Any) -> dict[str, Any]:
    """A valid record: 100 prompt and 10 completion tokens at noon."""
    return {
        "request_id": f"r{number}",
        "requested_at": f"{day} 12:00:00",
        "model": "openai/gpt-4o-mini",
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "account_id": f"account-{number % 3}",
        "billed_usd": 0.5,
    } | values


def write_csv(path: Path, records: Iterable[Record], delimiter: str = ",") -> Path:
    rows = list(records)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_json_lines(path: Path, records: Iterable[Record]) -> Path:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8") as stream:
        for record in records:
            print(json.dumps(record), file=stream)
    return path


def write_parquet(path: Path, records: Iterable[Record], types: Mapping[str, str]) -> Path:
    """Write Parquet with the given DuckDB types by column."""
    lines = write_json_lines(path.with_suffix(".scratch.jsonl"), records)
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            f"copy (select * from read_json('{lines}', format = 'newline_delimited', "
            f"columns = {{{columns}}})) to '{path}' (format parquet)"
        )
    lines.unlink()
    return path


PARQUET_TYPES = {
    "request_id": "varchar",
    "requested_at": "timestamp",
    "model": "varchar",
    "prompt_tokens": "bigint",
    "completion_tokens": "bigint",
    "account_id": "varchar",
    "billed_usd": "double",
}


def real_logs(data: Path) -> dict[str, Any]:
    """Settings with a real request log, Aider's, and OpenRouter's published rankings beside it.

    :param data: the folder of public data.
    """
    return {
        "gateways": [
            {
                "name": "aider",
                "format": "table",
                "location": str(data / "aider" / "*.csv"),
                "columns": {
                    "requested_at": "time_utc",
                    "account_id": "user_id",
                    "model": "main_model",
                    "billed_usd": "cost",
                },
            },
            {
                "name": "openrouter_public",
                "format": "openrouter_rankings_daily",
                "population": "openrouter",
                "location": str(data / "openrouter_rankings" / "*.csv"),
            },
        ],
    }
