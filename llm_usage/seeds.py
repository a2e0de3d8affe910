"""Seeds are edited by hand: what is wrong in one is named with its line before a build begins.

What is wrong is what the project says already: types in ``dbt_project.yml``, keys and ranges of
validity in the seeds' own data tests, which see tables and so no lines.
"""

import csv
import datetime
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from llm_usage.errors import UsageError

_OPEN_END = "9999-12-31"


def _is_number(text: str) -> bool:
    return math.isfinite(float(text))


def _is_whole(text: str) -> bool:
    return abs(int(text)) < 2**63


def _is_date(text: str) -> bool:
    return datetime.date.fromisoformat(text).isoformat() == text


_TYPES: dict[str, Callable[[str], bool]] = {
    "string": lambda text: True,
    "bigint": _is_whole,
    "integer": _is_whole,
    "double": _is_number,
    "boolean": lambda text: text in ("true", "false"),
    "date": _is_date,
}


@dataclass(frozen=True)
class _Row:
    line: int
    values: Mapping[str, str]


def check_seeds(root: Path) -> None:
    """Read every seed of a project by its declared types, keys and ranges.

    :param root: the folder of ``dbt_project.yml``.
    :raises UsageError: at the first thing that is wrong: the file, its line, and why.
    """
    project = yaml.safe_load((root / "dbt_project.yml").read_text(encoding="utf-8"))
    types = dict(_column_types(project["seeds"]))
    for properties in sorted((root / "seeds").rglob("*.yml")):
        for seed in yaml.safe_load(properties.read_text(encoding="utf-8")).get("seeds", []):
            file = properties.parent / f"{seed['name']}.csv"
            where = str(file.relative_to(root))
            rows = _typed_rows(file, where, types[seed["name"]])
            for column in seed.get("columns", []):
                kinds = column.get("data_tests", [])
                _check_key(rows, where, [column["name"]], "not_null" in kinds, "unique" in kinds)
            for test in seed.get("data_tests", []):
                _check_test(rows, where, test)


def _column_types(node: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    for name, value in node.items():
        if isinstance(value, dict) and not name.startswith("+"):
            if "+column_types" in value:
                yield name, value["+column_types"]
            else:
                yield from _column_types(value)


def _typed_rows(file: Path, where: str, types: Mapping[str, str]) -> list[_Row]:
    rows = []
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, [])
            if header != list(types):
                raise UsageError(
                    f"{where}, line 1: its columns are {', '.join(header)}; dbt_project.yml has "
                    f"{', '.join(types)}"
                )
            line = reader.line_num + 1
            for cells in reader:
                if len(cells) != len(header):
                    raise UsageError(
                        f"{where}, line {line}: {len(cells)} cells for {len(header)} columns"
                    )
                row = _Row(line, dict(zip(header, cells, strict=True)))
                for name, text in row.values.items():
                    if text and not _is_of_type(text, types[name]):
                        raise UsageError(
                            f"{where}, line {line}: `{name}` is `{text[:60]}`, which is no "
                            f"{types[name]}"
                        )
                rows.append(row)
                line = reader.line_num + 1
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{where}: not readable: {error}") from None
    return rows


def _is_of_type(text: str, kind: str) -> bool:
    try:
        return _TYPES[kind](text)
    except ValueError:
        return False


def _check_test(rows: list[_Row], where: str, test: Any) -> None:
    """What a data test of ours says, where a line can be named for it."""
    if not isinstance(test, dict):
        return
    ((kind, settings),) = ((k, v) for k, v in test.items() if k not in ("name", "config"))
    asked = settings["arguments"]
    if kind == "unique_combination_of_columns":
        nullable = asked.get("nullable_columns", [])
        for column in asked["columns"]:
            if column not in nullable:
                _check_key(rows, where, [column], is_needed=True, is_unique=False)
        _check_key(rows, where, asked["columns"], is_needed=False, is_unique=True)
    elif kind == "mutually_exclusive_ranges":
        partition = [column.strip() for column in asked["partition_by"].split(",")]
        lower, upper = asked["lower_bound_column"], asked["upper_bound_column"]
        _check_ranges(rows, where, partition, lower, upper)


def _check_key(
    rows: list[_Row], where: str, columns: list[str], is_needed: bool, is_unique: bool
) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = tuple(row.values[column] for column in columns)
        if is_needed and not all(key):
            raise UsageError(f"{where}, line {row.line}: `{columns[0]}` is empty")
        if is_unique and key in seen:
            raise UsageError(
                f"{where}, line {row.line}: {_shown(columns, key)} stands in line {seen[key]} "
                "already"
            )
        seen[key] = row.line


def _check_ranges(
    rows: list[_Row], where: str, partition: list[str], lower: str, upper: str
) -> None:
    """Half-open ranges of dates that must not meet; an empty upper bound is open."""
    ranges: dict[tuple[str, ...], list[tuple[str, str, int]]] = {}
    for row in rows:
        begin, end = row.values[lower], row.values[upper] or _OPEN_END
        if not begin:
            raise UsageError(f"{where}, line {row.line}: `{lower}` is empty")
        if begin >= end:
            raise UsageError(
                f"{where}, line {row.line}: `{upper}` {end} is not after `{lower}` {begin}"
            )
        key = tuple(row.values[column] for column in partition)
        ranges.setdefault(key, []).append((begin, end, row.line))
    for key, found in ranges.items():
        found.sort()
        for (_, end, line), (begin, _, other) in itertools.pairwise(found):
            if begin < end:
                raise UsageError(
                    f"{where}, line {max(line, other)}: {_shown(partition, key)} is valid from "
                    f"{begin} on, while that of line {min(line, other)} still is or is again"
                )


def _shown(columns: list[str], key: tuple[str, ...]) -> str:
    return ", ".join(f"{name} `{value}`" for name, value in zip(columns, key, strict=True))
