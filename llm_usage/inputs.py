"""From the logs as they lie on disk to one relation per gateway in schema ``raw``.

Parquet is read in place. Row formats (CSV, JSON lines) are landed once as Parquet beside the
warehouse, values as the text they were, so that every engine reads the same thing, a record is
parsed once, and a line that cannot be parsed becomes a record with a reason instead of a gap.
Only the columns that the format declares are ever read (no prompt, no answer), and keys of
people are hashed here, before anything else sees them.

:func:`prepare` is what the dbt hook ``prepare_inputs`` calls at the start of every run.
"""

import csv
import datetime
import gzip
import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from llm_usage.errors import UsageError
from llm_usage.formats import Format, known_formats
from llm_usage.salt import salt_fingerprint
from llm_usage.settings import Gateway, check_gateways

READER_VERSION = 1
"""Part of every file's fingerprint: raise it when the same file would be read differently."""

SALT_VARIABLE = "llm_usage_salt"
"""The session variable that holds the salt, so that no stored view text contains it."""

_KINDS = {
    "parquet": (".parquet", ".pq"),
    "csv": (".csv", ".csv.gz", ".tsv", ".tsv.gz"),
    "json": (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".json", ".json.gz"),
}
_HEAD_LINES = 1_000
_MAX_LINE_BYTES = 64 * 1024 * 1024
_DATE_IN_PATH = re.compile(r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)")


@dataclass(frozen=True)
class InputFile:
    """A file of a log. ``label`` is its path as the settings name it; times are UTC."""

    label: str
    path: Path
    kind: str
    size_bytes: int
    modified_ns: int

    @property
    def delivered_on(self) -> datetime.date | None:
        """The one date that the path holds, if it holds exactly one."""
        dates = set()
        for year, month, day in _DATE_IN_PATH.findall(self.label):
            try:
                dates.add(datetime.date(int(year), int(month), int(day)))
            except ValueError:
                continue
        return dates.pop() if len(dates) == 1 else None


def prepare(
    entries: Any,
    landing_folder: Path,
    salt: str,
    absent_texts: Sequence[str],
    stored_by_day_settings: Mapping[str, Any],
) -> list[str]:
    """Check the settings, land what must be landed, and say how to make the raw relations.

    :param entries: the value of the variable ``gateways``.
    :param landing_folder: where landed Parquet files stand; made if needed.
    :param salt: what keys are hashed with.
    :param absent_texts: lower-case texts that stand for a missing value.
    :param stored_by_day_settings: variables whose change must rebuild every day.
    :returns: DuckDB statements that make ``raw.<gateway>``, ``raw._input_files`` (one row per file
        that a relation reads) and, for formats without a log, an empty ``raw._<format>``.
    :raises UsageError: a wrong setting or an unusable log, in one line.
    """
    formats = known_formats()
    gateways = check_gateways(entries, formats)
    landing_folder.mkdir(parents=True, exist_ok=True)
    hashed = _Hashing(salt, tuple(absent_texts))
    statements = ["drop schema if exists raw cascade", "create schema raw"]
    statements += [_empty_relation(log_format) for log_format in formats.values()]
    listing: list[dict[str, Any]] = []
    kept: set[Path] = set()
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"set variable {SALT_VARIABLE} = {_literal(salt)}")
        for gateway in gateways:
            files = find_files(gateway)
            reader = _Reader(connection, gateway, files, hashed, landing_folder)
            statements.append(
                f"create view raw.{_identifier(gateway.name)} as {reader.relation_sql()}"
            )
            kept |= reader.landed_files
            settings = json.dumps(
                [
                    READER_VERSION,
                    gateway.format.name,
                    gateway.population,
                    sorted(gateway.columns.items()),
                    salt_fingerprint(salt),
                    sorted(stored_by_day_settings.items()),
                ]
            )
            listing += [
                {
                    "population": gateway.population,
                    "gateway": gateway.name,
                    "source_file": file.label,
                    "read_file": read_file,
                    "is_daily": gateway.format.is_daily,
                    "size_bytes": file.size_bytes,
                    "delivered_on": file.delivered_on,
                    "fingerprint": _digest(
                        settings, file.label, str(file.size_bytes), str(file.modified_ns)
                    ),
                }
                for file in files
                for read_file in reader.read_files(file)
            ]
        listing_file = landing_folder / "input_files.parquet"
        _write_listing(connection, listing, listing_file)
        kept.add(listing_file)
    for stale in set(landing_folder.rglob("*.parquet*")) - kept:
        stale.unlink()
    statements.append(
        f"create table raw._input_files as select * from read_parquet({_literal(listing_file)})"
    )
    return statements


def _empty_relation(log_format: Format) -> str:
    columns = ["read_file", "source_row", "source_error"]
    columns += [column.name for column in log_format.columns]
    nulls = ", ".join(f"null as {_identifier(column)}" for column in columns)
    return f"create view raw._{log_format.name} as select {nulls} where false"


def find_files(gateway: Gateway) -> list[InputFile]:
    """Find the files of a log: one file, a glob, or a folder and all below it, in path order.

    Names that begin with ``.`` or ``_`` are markers of other tools and left out, unless the
    location names the file itself. Relative locations are relative to the working directory.

    :raises UsageError: nothing matches, or a file's ending tells no known kind.
    """
    location = gateway.location
    if re.match(r"[a-z0-9]+://", location):
        raise UsageError(f"gateway `{gateway.name}`: location `{location}` must be a local path")
    whole = Path(location)
    if whole.is_file():
        paths = [whole]
    elif whole.is_dir():
        paths = _visible(whole.rglob("*"), whole)
    else:
        anchor, pattern = _split_glob(location)
        paths = _visible(anchor.glob(pattern), anchor) if pattern else []
    if not paths:
        raise UsageError(
            f"gateway `{gateway.name}`: location `{location}` matches no file; paths are relative "
            "to the folder of dbt_project.yml"
        )
    files = []
    for path in sorted(paths, key=str):
        kind = _kind_of(path)
        if kind is None:
            endings = ", ".join(ending for all_of in _KINDS.values() for ending in all_of)
            raise UsageError(
                f"gateway `{gateway.name}`: file `{path}` has no ending known here ({endings})"
            )
        stat = path.stat()
        files.append(InputFile(str(path), path.resolve(), kind, stat.st_size, stat.st_mtime_ns))
    return files


def _visible(paths: Iterator[Path], below: Path) -> list[Path]:
    return [
        path
        for path in paths
        if path.is_file()
        and not any(part.startswith((".", "_")) for part in path.relative_to(below).parts)
    ]


def _split_glob(location: str) -> tuple[Path, str]:
    parts = Path(location).parts
    for position, part in enumerate(parts):
        if any(sign in part for sign in "*?["):
            return Path(*parts[:position]), str(Path(*parts[position:]))
    return Path(location), ""


def _kind_of(path: Path) -> str | None:
    name = path.name.lower()
    return next((kind for kind, endings in _KINDS.items() if name.endswith(endings)), None)


@dataclass(frozen=True)
class _Hashing:
    salt: str
    absent_texts: tuple[str, ...]

    def expression(self, value: str) -> str:
        """SQL: the salted hash of a key, null where the key is missing."""
        text = f"cast({value} as varchar)"
        absent = ", ".join(_literal(text) for text in self.absent_texts)
        return (
            f"case when lower(trim({text})) not in ({absent}) "
            f"then md5(getvariable('{SALT_VARIABLE}') || '|' || trim({text})) end"
        )


class _Reader:
    """Reads the files of one gateway: lands row formats, and renders the raw relation."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        gateway: Gateway,
        files: Sequence[InputFile],
        hashing: _Hashing,
        landing_folder: Path,
    ) -> None:
        self._connection = connection
        self._gateway = gateway
        self._hashing = hashing
        self._folder = landing_folder / gateway.name
        self._in_place = [file for file in files if file.kind == "parquet"]
        self._landed: dict[InputFile, list[Path]] = {}
        names = self._check_columns(files)
        for file in files:
            if file.kind != "parquet":
                self._landed[file] = self._land(file, names[file])

    @property
    def landed_files(self) -> set[Path]:
        """The Parquet files that stand for row files."""
        return {path for paths in self._landed.values() for path in paths}

    def read_files(self, file: InputFile) -> list[str]:
        """The paths under which the relation reads a file."""
        return [str(path) for path in self._landed.get(file, [file.path])]

    def relation_sql(self) -> str:
        """SQL of the raw relation: the format's columns, with file, row and parse error."""
        selects = []
        if self._in_place:
            names, mixed = self._parquet_columns(self._in_place)
            columns = ", ".join(
                [
                    "filename as read_file",
                    "file_row_number + 1 as source_row",
                    "cast(null as varchar) as source_error",
                    *self._select_list(names),
                ]
            )
            selects.append(f"select {columns} from {self._read_parquet(self._in_place, mixed)}")
        if self._landed:
            files = ", ".join(_literal(path) for path in sorted(self.landed_files))
            columns = ", ".join(
                ["filename as read_file", "source_row", "source_error"]
                + [_identifier(column.name) for column in self._gateway.format.columns]
            )
            selects.append(
                f"select {columns} from read_parquet([{files}], filename = true, "
                "hive_partitioning = false)"
            )
        return " union all ".join(selects)

    def _check_columns(self, files: Sequence[InputFile]) -> dict[InputFile, list[str]]:
        """The column names of each row file; stops where the log lacks what it must have."""
        names = {
            file: _head_columns(self._gateway, file) for file in files if file.kind != "parquet"
        }
        present = {name for found in names.values() for name in found}
        if self._in_place:
            present |= set(self._parquet_columns(self._in_place)[0])
        where = f"gateway `{self._gateway.name}`"
        for ours, theirs in self._gateway.columns.items():
            if theirs not in present:
                raise UsageError(
                    f"{where}: `columns: {{{ours}: {theirs}}}` names a column that the log lacks; "
                    f"it has: {_some(present)}"
                )
        for column in self._gateway.format.columns:
            theirs = self._gateway.columns.get(column.name, column.name)
            if column.required and theirs not in present:
                remedy = (
                    f"; name it under `columns: {{{column.name}: …}}`"
                    if self._gateway.format.mapped
                    else ""
                )
                raise UsageError(
                    f"{where}: the log lacks the required column `{column.name}`{remedy}; "
                    f"it has: {_some(present)}"
                )
        return names

    def _parquet_columns(self, files: Sequence[InputFile]) -> tuple[list[str], bool]:
        """Names of the columns of Parquet files, and whether the files differ in shape."""
        paths = ", ".join(_literal(file.path) for file in files)
        try:
            shapes = self._connection.execute(
                "select count(distinct shape) from (select file_name, string_agg(concat_ws('|', "
                "name, type, logical_type, num_children), '/' order by column_id) as shape "
                f"from parquet_schema([{paths}]) group by file_name)"
            ).fetchone()
            mixed = shapes is not None and shapes[0] > 1
            described = self._connection.execute(
                f"describe select * from {self._read_parquet(files, mixed, virtual=False)}"
            ).fetchall()
        except duckdb.Error as error:
            if len(files) > 1:
                for file in files:
                    self._parquet_columns([file])
            raise UsageError(
                f"gateway `{self._gateway.name}`: file `{files[0].label}` is not readable as "
                f"Parquet: {_first_line(error)}"
            ) from None
        return [row[0] for row in described], mixed

    @staticmethod
    def _read_parquet(files: Sequence[InputFile], mixed: bool, virtual: bool = True) -> str:
        paths = ", ".join(_literal(file.path) for file in files)
        options = ", filename = true, file_row_number = true" if virtual else ""
        # Reading by name looks at every file's footer in every query: only where they differ.
        by_name = ", union_by_name = true" if mixed else ""
        return f"read_parquet([{paths}]{options}{by_name}, hive_partitioning = false)"

    def _select_list(self, present: Sequence[str], value: str = "{}") -> list[str]:
        """SQL of the format's columns: renamed, hashed where they are keys, null where absent."""
        columns = []
        for column in self._gateway.format.columns:
            theirs = self._gateway.columns.get(column.name, column.name)
            expression = "null"
            if theirs in present:
                expression = value.format(_identifier(theirs))
                if column.hashed:
                    expression = self._hashing.expression(expression)
            columns.append(f"{expression} as {_identifier(column.name)}")
        return columns

    def _land(self, file: InputFile, names: Sequence[str]) -> list[Path]:
        """Write a row file as Parquet, once. Returns the records, then what could not be parsed."""
        identity = _digest(
            str(READER_VERSION),
            str(file.path),
            str(file.size_bytes),
            str(file.modified_ns),
            json.dumps(sorted(self._gateway.columns.items())),
            json.dumps([[column.name, column.hashed] for column in self._gateway.format.columns]),
            salt_fingerprint(self._hashing.salt),
        )
        records = self._folder / f"{identity}.parquet"
        broken = self._folder / f"{identity}.unreadable.parquet"
        if not records.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            land = self._land_csv if file.kind == "csv" else self._land_json_lines
            try:
                land(file, names, records.with_suffix(".new"), broken.with_suffix(".new"))
            except duckdb.Error as error:
                raise UsageError(
                    f"gateway `{self._gateway.name}`: file `{file.label}` is not readable: "
                    f"{_first_line(error)}"
                ) from None
            stat = file.path.stat()
            if (stat.st_size, stat.st_mtime_ns) != (file.size_bytes, file.modified_ns):
                raise UsageError(
                    f"gateway `{self._gateway.name}`: file `{file.label}` changed while it was "
                    "read; build again when it is complete"
                )
            # The records last: their presence says that the file was landed whole.
            if broken.with_suffix(".new").exists():
                os.replace(broken.with_suffix(".new"), broken)
            os.replace(records.with_suffix(".new"), records)
        return [records, broken] if broken.exists() else [records]

    def _land_csv(self, file: InputFile, names: Sequence[str], records: Path, broken: Path) -> None:
        if not names:
            nulls = ", ".join(self._nulls())
            self._copy(f"select 1 as source_row, '' as source_error, {nulls} where false", records)
            return
        try:
            self._copy_csv(file.path, _delimiter(file), names, records)
        except duckdb.InvalidInputException as error:
            if "state machine" not in str(error):
                raise
            # Files put together from several sources mix line ends, which the parser refuses.
            with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
                unmixed = Path(scratch) / "unmixed.csv"
                with _open_binary(file.path) as mixed, unmixed.open("wb") as stream:
                    stream.writelines(line.replace(b"\r\n", b"\n") for line in mixed)
                self._copy_csv(unmixed, _delimiter(file), names, records)
        # Only line and kind of error: the text of a line that cannot be parsed cannot be cleaned
        # of keys and prompts either.
        rejects = (
            "select cast(line as bigint) as source_row, "
            "lower(min(cast(error_type as varchar))) as source_error "
            "from reject_errors group by line"
        )
        if self._connection.execute(f"select count(*) from ({rejects})").fetchone() != (0,):
            nulls = ", ".join(self._nulls())
            self._copy(f"select source_row, source_error, {nulls} from ({rejects})", broken)

    def _copy_csv(self, path: Path, delimiter: str, names: Sequence[str], target: Path) -> None:
        """Write the lines that parse; the others stand in DuckDB's table ``reject_errors``."""
        columns = ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in names)
        self._connection.execute("drop table if exists reject_errors")
        self._connection.execute("drop table if exists reject_scans")
        selected = ", ".join(self._select_list(names))
        # An empty field is an empty text, not a null: a model name that is empty is not a missing
        # model column. No file holds the text given as its null.
        self._copy(
            f"select row_number() over () as source_row, cast(null as varchar) as source_error, "
            f"{selected} from read_csv({_literal(path)}, auto_detect = false, header = true, "
            f"columns = {{{columns}}}, delim = {_literal(delimiter)}, quote = '\"', "
            f"escape = '\"', nullstr = '\x02', store_rejects = true, rejects_limit = 0, "
            f"max_line_size = {_MAX_LINE_BYTES}, buffer_size = {2 * _MAX_LINE_BYTES})",
            target,
        )

    def _nulls(self) -> list[str]:
        return [f"null as {_identifier(column.name)}" for column in self._gateway.format.columns]

    def _land_json_lines(
        self, file: InputFile, names: Sequence[str], records: Path, broken: Path
    ) -> None:
        del names, broken  # A broken line stays at its place among the records.
        selected = ", ".join(self._json_select_list())
        self._copy(
            f"""
            select
                source_row,
                case when record is null then 'not a json object' end as source_error,
                {selected}
            from (
                select
                    row_number() over () as source_row,
                    case
                        when json_type(try_cast(line as json)) = 'OBJECT'
                            then try_cast(line as json)
                    end as record,
                    line
                from read_csv(
                    {_literal(file.path)}, auto_detect = false, header = false,
                    columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', escape = '',
                    nullstr = '\x02', max_line_size = {_MAX_LINE_BYTES},
                    buffer_size = {2 * _MAX_LINE_BYTES}
                )
            )
            where trim(line) <> ''
            """,
            records,
        )

    def _json_select_list(self) -> list[str]:
        columns = []
        for column in self._gateway.format.columns:
            theirs = self._gateway.columns.get(column.name, column.name)
            path = _literal('$."' + theirs.replace('"', '\\"') + '"')
            expression = f"(record ->> {path})"
            if column.hashed:
                expression = self._hashing.expression(expression)
            columns.append(f"{expression} as {_identifier(column.name)}")
        return columns

    def _copy(self, query: str, target: Path) -> None:
        self._connection.execute(
            f"copy ({query}) to {_literal(target)} (format parquet, compression zstd)"
        )


def _head_columns(gateway: Gateway, file: InputFile) -> list[str]:
    """Column names of a CSV file, or the keys in the first lines of a JSON lines file."""
    try:
        with _open_text(file.path) as stream:
            if file.kind == "csv":
                names = next(csv.reader(stream, delimiter=_delimiter(file)), [])
                names = [name.strip() for name in names]
                if len(set(names)) != len(names):
                    raise UsageError(
                        f"gateway `{gateway.name}`: file `{file.label}` names a column twice in "
                        f"its header: {_some(name for name in names if names.count(name) > 1)}"
                    )
                return names
            keys: dict[str, None] = {}
            for number, line in enumerate(stream):
                if number == 0 and line.lstrip().startswith("["):
                    raise UsageError(
                        f"gateway `{gateway.name}`: file `{file.label}` is one JSON array; it "
                        "needs one record per line"
                    )
                if number >= _HEAD_LINES:
                    break
                try:
                    record = json.loads(line)
                except ValueError:
                    continue
                if isinstance(record, dict):
                    keys |= dict.fromkeys(record)
            return list(keys)
    except (OSError, EOFError, csv.Error) as error:
        raise UsageError(
            f"gateway `{gateway.name}`: file `{file.label}` is not readable: {_first_line(error)}"
        ) from None


def _delimiter(file: InputFile) -> str:
    """The sign of comma, semicolon, tab and bar that is most frequent in the header line."""
    with _open_text(file.path) as stream:
        header = stream.readline()
    return max(",;\t|", key=header.count)


def _open_text(path: Path) -> Any:
    return io.TextIOWrapper(_open_binary(path), encoding="utf-8-sig", errors="replace", newline="")


def _open_binary(path: Path) -> Any:
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")


def _write_listing(
    connection: duckdb.DuckDBPyConnection, listing: list[dict[str, Any]], target: Path
) -> None:
    connection.execute(
        "create or replace temp table listing (population varchar, gateway varchar, "
        "source_file varchar, read_file varchar, is_daily boolean, size_bytes bigint, "
        "delivered_on date, fingerprint varchar)"
    )
    connection.executemany(
        "insert into listing values ($population, $gateway, $source_file, $read_file, $is_daily, "
        "$size_bytes, $delivered_on, $fingerprint)",
        listing,
    )
    fresh = target.with_suffix(".new")
    connection.execute(f"copy listing to {_literal(fresh)} (format parquet)")
    os.replace(fresh, target)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _digest(*parts: str) -> str:
    return hashlib.md5("\x00".join(parts).encode(), usedforsecurity=False).hexdigest()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _some(names: Any, most: int = 12) -> str:
    listed = sorted(set(names))
    tail = f", … ({len(listed)} in all)" if len(listed) > most else ""
    return ", ".join(listed[:most]) + tail if listed else "no columns"
