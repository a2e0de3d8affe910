"""From the logs as they lie on disk to one relation per gateway in schema ``raw``.

Parquet is read in place. Row formats (CSV, JSON lines) are landed once as Parquet beside the
warehouse, values as the text they were, so that every engine reads the same thing, a record is
parsed once, and a line that cannot be parsed becomes a record with a reason instead of a gap.
Only the columns that the format declares are ever read (no prompt, no answer), and keys of
people are hashed here, before anything else sees them.

:func:`prepare` is what the dbt hook ``prepare_inputs`` calls at the start of every run.
"""

import codecs
import contextlib
import csv
import datetime
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from llm_usage import PROJECT_ROOT
from llm_usage.errors import UsageError
from llm_usage.formats import Column, known_formats, known_side_inputs
from llm_usage.relations import (
    SALT_VARIABLE,
    DuckDB,
    Keys,
    Part,
    Spark,
    literal,
    schema,
    select_list,
)
from llm_usage.salt import salt_fingerprint
from llm_usage.seeds import check_seeds
from llm_usage.settings import Gateway, Input, check_gateways

READER_VERSION = 2
"""Part of every landed file's name: raise it when the same file would be landed differently."""

RULE_FOLDERS = (
    "models/staging",
    "models/intermediate/inputs",
    "models/intermediate/requests",
    "models/intermediate/tags",
    "models/intermediate/accounts",
    "macros/inputs",
    "macros/requests",
)
"""What a day's records become is decided here; a change builds every day again. So does one in a
model that is stored by day, week or month, wherever it stands, and in these seeds."""

RULE_SEEDS = ("seeds/requests/finish_reasons.csv",)
"""Seeds whose values are stored with the days."""

_NO_TEXT = "cast(null as varchar)"
"""A column that a row file lacks. DuckDB takes the types of many files from the first of them."""

_STORED_IN_SLICES = "'slice_key'"

_KINDS = {
    "parquet": (".parquet", ".pq"),
    "csv": (".csv", ".csv.gz", ".tsv", ".tsv.gz"),
    "json": (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".json", ".json.gz"),
}
_SCRATCH_PREFIX = "scratch-"
_HEAD_LINES = 1_000
_MAX_LINE_BYTES = 64 * 1024 * 1024
_READ_IN_PLACE = "read_in_place.json"
_LANDED_NAME = re.compile(r"[0-9a-f]{32}(\.unreadable)?\.(parquet|new)")
_LISTING = {
    "population": "varchar",
    "gateway": "varchar",
    "source_file": "varchar",
    "read_file": "varchar",
    "is_daily": "boolean",
    "delivered_on": "date",
    "fingerprint": "varchar",
}
_SIDE_LISTING = {
    "side_input": "varchar",
    "gateway": "varchar",
    "source_file": "varchar",
    "read_file": "varchar",
}
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
    salt_folder: Path | None = None,
) -> list[str]:
    """Check seeds and settings, land what must be landed, and say how to make the raw relations.

    :param entries: the value of the variable ``gateways``.
    :param landing_folder: where landed Parquet files stand; made if needed.
    :param salt: what keys are hashed with.
    :param absent_texts: lower-case texts that stand for a missing value.
    :param stored_by_day_settings: variables whose change must rebuild every day.
    :param salt_folder: where Spark finds the salt while it reads; without it DuckDB builds.
    :returns: statements that make the raw schema anew: ``<gateway>`` and what stands beside it
        (``__tags_<gateway>``), ``_input_files`` and ``_side_input_files`` (one row per file that
        a relation reads) and, where there is no log or side input, empty ``_<format>``, ``_tags``.
    :raises UsageError: a wrong seed or setting, or an unusable log, in one line.
    """
    check_seeds(PROJECT_ROOT)
    formats = known_formats()
    gateways = check_gateways(entries, formats)
    landing_folder.mkdir(parents=True, exist_ok=True)
    keys = Keys(tuple(absent_texts))
    engine = DuckDB(keys) if salt_folder is None else Spark(keys, salt_folder)
    _remove_leftovers(landing_folder)
    statements = schema()
    statements += [
        engine.empty(f"_{declared.name}", _relation_columns(declared.columns))
        for declared in [*formats.values(), *known_side_inputs().values()]
    ]
    listing: list[dict[str, Any]] = []
    side_listing: list[dict[str, Any]] = []
    kept: set[Path] = set()
    readers: dict[tuple[str, Path], str] = {}
    in_place: dict[str, tuple[str, int, int]] = {}
    rules = _digest_of_rules()
    with duckdb.connect(config=engine_settings(landing_folder)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"set variable {SALT_VARIABLE} = {literal(salt)}")

        def read(wanted: Input, files: Sequence[InputFile]) -> Iterator[tuple[InputFile, str]]:
            reader = _Reader(connection, wanted, files, engine, keys, salt, landing_folder)
            statements.append(reader.relation())
            kept.update(reader.landed_files)
            in_place.update(
                (str(file.path), (file.label, file.size_bytes, file.modified_ns))
                for file in files
                if str(file.path) in reader.read_files(file)
            )
            return ((file, read_file) for file in files for read_file in reader.read_files(file))

        for gateway in gateways:
            files = find_files(gateway.log)
            _refuse_files_read_twice(gateway, files, readers)
            settings = _settings_of_records(gateway, rules, salt, stored_by_day_settings)
            listing += [
                {
                    "population": gateway.population,
                    "gateway": gateway.name,
                    "source_file": file.label,
                    "read_file": read_file,
                    "is_daily": gateway.format.is_daily,
                    "delivered_on": file.delivered_on,
                    "fingerprint": _digest(
                        settings, file.label, str(file.size_bytes), str(file.modified_ns)
                    ),
                }
                for file, read_file in read(gateway.log, files)
            ]
            side_listing += [
                {
                    "side_input": name,
                    "gateway": gateway.name,
                    "source_file": file.label,
                    "read_file": read_file,
                }
                for name, wanted in gateway.side_inputs.items()
                for file, read_file in read(wanted, find_files(wanted))
            ]
        listings = {
            "input_files": (listing, _LISTING),
            "side_input_files": (side_listing, _SIDE_LISTING),
        }
        for name, (rows, columns) in listings.items():
            file = landing_folder / f"{name}.parquet"
            _write_listing(connection, rows, columns, file)
            statements.append(engine.listing(f"_{name}", file, columns))
    for stale in set(_landed_files(landing_folder)) - kept:
        stale.unlink()
    (landing_folder / _READ_IN_PLACE).write_text(json.dumps(in_place), encoding="utf-8")
    return statements


def forget_files(landing_folder: Path) -> None:
    """Forget which files an earlier run read in place, before a run that may end before it reads.

    :param landing_folder: the one given to :func:`prepare`.
    """
    (landing_folder / _READ_IN_PLACE).unlink(missing_ok=True)


def changed_files(landing_folder: Path) -> list[str]:
    """The files that were read in place and are no longer as :func:`prepare` found them.

    What was built of such a file may be of neither its old nor its new content. Files that are
    landed are looked at when they have been.

    :param landing_folder: the one given to :func:`prepare`.
    :returns: their paths as the settings name them; none where no log has been prepared.
    """
    known = landing_folder / _READ_IN_PLACE
    if not known.exists():
        return []
    changed = []
    for path, (label, *found) in json.loads(known.read_text(encoding="utf-8")).items():
        try:
            stat = os.stat(path)
        except OSError:
            changed.append(label)
            continue
        if [stat.st_size, stat.st_mtime_ns] != found:
            changed.append(label)
    return sorted(changed)


def _refuse_files_read_twice(
    gateway: Gateway, files: Sequence[InputFile], readers: dict[tuple[str, Path], str]
) -> None:
    """Note who reads a file, by population and path; stop where another gateway does already."""
    for file in files:
        other = readers.setdefault((gateway.population, file.path), gateway.name)
        if other != gateway.name:
            raise UsageError(
                f"gateway `{gateway.name}`: file `{file.label}` is read by `{other}` as well: its "
                "records would count twice; narrow a `location:`, or give them populations of "
                "their own"
            )


def _settings_of_records(
    gateway: Gateway, rules: str, salt: str, stored_by_day_settings: Mapping[str, Any]
) -> str:
    """All that says what a log's records become, beside its files: part of their fingerprints.

    What stands beside the log is not: a new list of tags would build all of history again. Only
    whether countries do (int_unlocated_accounts must then have seen every day).
    """
    return json.dumps(
        [
            rules,
            gateway.name,
            gateway.format.name,
            gateway.population,
            sorted(gateway.log.renamed.items()),
            salt_fingerprint(salt),
            sorted(stored_by_day_settings.items()),
            "accounts" in gateway.side_inputs,
        ]
    )


def _relation_columns(declared: Sequence[Column]) -> list[str]:
    return ["read_file", "source_row", "source_error", *(column.name for column in declared)]


def landing_folder(warehouse: str) -> Path:
    """Where a warehouse's landed logs stand: beside it, so that warehouses never share them."""
    path = Path("warehouse/memory") if warehouse.startswith(":") else Path(warehouse)
    return path.with_name(f"{path.name}.landing").resolve()


def engine_settings(folder: Path) -> dict[str, str]:
    """DuckDB settings that every connection shares: the memory bound, where to spill, and up to how
    many files a join opens only those that it needs.

    :param folder: an existing folder with room.
    """
    machine_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = os.environ.get("LLM_USAGE_MEMORY_LIMIT") or f"{machine_bytes * 7 // 10 // 2**20}MiB"
    return {
        "memory_limit": limit,
        "temp_directory": str(folder / "spill"),
        # By default 50: a late file that touches a few weeks would have half of the log opened.
        "dynamic_or_filter_threshold": "10000",
    }


def _digest_of_rules() -> str:
    models = (PROJECT_ROOT / "models").rglob("*.sql")
    rules = {path for path in models if _STORED_IN_SLICES in path.read_text(encoding="utf-8")}
    for folder in RULE_FOLDERS:
        rules.update((PROJECT_ROOT / folder).rglob("*.sql"))
    rules.update(PROJECT_ROOT / seed for seed in RULE_SEEDS)
    # A mended registry relabels what is stored; it reads no log again.
    files = sorted(path for path in rules if "registry" not in path.parts)
    return _digest(*(f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in files))


def _landed_files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*/*") if _LANDED_NAME.fullmatch(path.name)]


def _remove_leftovers(folder: Path) -> None:
    """Remove what a killed run left half done; it may hold text that must not stay."""
    for path in _landed_files(folder):
        if path.suffix == ".new":
            path.unlink()
    for scratch in folder.glob(f"*/{_SCRATCH_PREFIX}*"):
        shutil.rmtree(scratch)


def find_files(read: Input) -> list[InputFile]:
    """Find the files of an input: one file, a glob, or a folder and all below it, in path order.

    Names that begin with ``.`` or ``_`` are markers of other tools and left out, unless the
    location names the file itself. Relative locations are relative to the working directory.

    :raises UsageError: nothing matches, or a file's ending tells no known kind.
    """
    location = read.location
    try:
        paths = _matching(location)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{read.where}: location `{location}` is no usable path or pattern: "
            f"{_first_line(error)}"
        ) from None
    if not paths:
        raise UsageError(
            f"{read.where}: location `{location}` matches no file; paths are relative "
            "to the folder of dbt_project.yml"
        )
    files: dict[Path, InputFile] = {}
    for path in sorted(paths, key=str):
        if any(sign in str(path) for sign in "*?["):
            raise UsageError(
                f"{read.where}: file `{path}` has *, ? or [ in its name, which DuckDB "
                "takes for a pattern; rename it"
            )
        kind = _kind_of(path)
        if kind is None:
            endings = ", ".join(ending for all_of in _KINDS.values() for ending in all_of)
            raise UsageError(f"{read.where}: file `{path}` has no ending known here ({endings})")
        stat = path.stat()
        # A link to a file that is in the list already is the same file.
        files.setdefault(
            path.resolve(),
            InputFile(str(path), path.resolve(), kind, stat.st_size, stat.st_mtime_ns),
        )
    return list(files.values())


def _matching(location: str) -> list[Path]:
    whole = Path(location)
    if whole.is_file():
        return [whole]
    if whole.is_dir():
        return _visible(whole.rglob("*"), whole)
    anchor, pattern = _split_glob(location)
    return _visible(anchor.glob(pattern), anchor) if pattern else []


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
class _Shape:
    """Parquet files that have the same columns: DuckDB's types by name."""

    files: list[InputFile]
    types: dict[str, str]


class _Reader:
    """Reads the files of one input: lands row formats, and renders the raw relation."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        read: Input,
        files: Sequence[InputFile],
        engine: DuckDB | Spark,
        keys: Keys,
        salt: str,
        landing_folder: Path,
    ) -> None:
        self._connection = connection
        self._input = read
        self._engine = engine
        self._landing = DuckDB(keys)
        self._salt = salt
        self._folder = landing_folder / read.name
        self._landed: dict[InputFile, list[Path]] = {}
        parquet = [file for file in files if file.kind == "parquet"]
        self._shapes = self._parquet_shapes(parquet) if parquet else []
        names = self._check_columns(files)
        if self._must_land_parquet(files):
            for shape in self._shapes:
                for file in shape.files:
                    self._landed[file] = self._land(file, shape.types)
            self._shapes = []
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

    def relation(self) -> str:
        """The statement that makes the raw relation: the columns, with file, row and parse error.

        A column whose type differs between files is read as text everywhere: a union would turn
        times without a zone into the reader's zone, and large whole numbers into doubles.
        """
        parts = [
            Part([file.path for file in shape.files], shape.types, is_landed=False)
            for shape in self._shapes
        ]
        if self._landed:
            parts.append(Part(sorted(self.landed_files), {}, is_landed=True))
        return self._engine.relation(
            self._input.name, self._input.columns, self._input.renamed, parts, self._mixed()
        )

    def _mixed(self) -> set[str]:
        types: dict[str, set[str]] = {column.name: set() for column in self._input.columns}
        for shape in self._shapes:
            for column, kind in self._types_of(shape).items():
                types[column].add(kind)
        if self._landed:
            for found in types.values():
                found.add("VARCHAR")
        return {column for column, found in types.items() if len(found) > 1}

    def _types_of(self, shape: _Shape) -> dict[str, str]:
        """Types of the format's columns that a shape has, by our names."""
        theirs = {
            column.name: self._input.renamed.get(column.name, column.name)
            for column in self._input.columns
        }
        return {ours: shape.types[name] for ours, name in theirs.items() if name in shape.types}

    def _must_land_parquet(self, files: Sequence[InputFile]) -> bool:
        """Whether the engine would read some Parquet file, or all together, not as DuckDB does."""
        if isinstance(self._engine, DuckDB):
            return False
        return (
            any(file.kind != "parquet" for file in files)
            or bool(self._mixed())
            or any(
                self._engine.refuses(file.path, self._types_of(shape), self._input.columns)
                for shape in self._shapes
                for file in shape.files
            )
        )

    def _check_columns(self, files: Sequence[InputFile]) -> dict[InputFile, list[str]]:
        """The column names of each row file; stops where the log lacks what it must have."""
        names = {file: _head_columns(self._input, file) for file in files if file.kind != "parquet"}
        present = {name for found in names.values() for name in found}
        for shape in self._shapes:
            present |= shape.types.keys()
        where, noun = self._input.where, self._input.noun
        for ours, theirs in self._input.renamed.items():
            if theirs not in present:
                raise UsageError(
                    f"{where}: `columns: {{{ours}: {theirs}}}` names a column that the {noun} "
                    f"lacks; it has: {_some(present)}"
                )
        for column in self._input.columns:
            theirs = self._input.renamed.get(column.name, column.name)
            if column.required and theirs not in present:
                remedy = (
                    f"; name it under `columns: {{{column.name}: …}}`"
                    if self._input.is_mapped
                    else ""
                )
                raise UsageError(
                    f"{where}: the {noun} lacks the required column `{column.name}`{remedy}; "
                    f"it has: {_some(present)}"
                )
        return names

    def _parquet_shapes(self, files: Sequence[InputFile]) -> list[_Shape]:
        """Parquet files, put together by the columns and types that they have."""
        paths = ", ".join(literal(file.path) for file in files)
        try:
            found = self._connection.execute(
                "select shape, list(file_name order by file_name) from (select file_name, "
                "string_agg(concat_ws('|', name, type, logical_type, num_children), '/' order by "
                f"column_id) as shape from parquet_schema([{paths}]) group by file_name) "
                "group by shape order by min(file_name)"
            ).fetchall()
            by_path = {str(file.path): file for file in files}
            shapes = []
            for _, names in found:
                members = [by_path[name] for name in names]
                described = self._connection.execute(
                    f"describe select * from {self._read_parquet(members[:1], virtual=False)}"
                ).fetchall()
                shapes.append(_Shape(members, {row[0]: row[1] for row in described}))
        except duckdb.Error as error:
            if len(files) > 1:
                for file in files:
                    self._parquet_shapes([file])
            raise UsageError(
                f"{self._input.where}: file `{files[0].label}` is not readable as "
                f"Parquet: {_first_line(error)}"
            ) from None
        for reserved in ("filename", "file_row_number"):
            if any(reserved in shape.types for shape in shapes):
                raise UsageError(
                    f"{self._input.where}: the {self._input.noun} has a column `{reserved}`, a "
                    "name that DuckDB needs for itself when it reads Parquet; rename the column"
                )
        return shapes

    @staticmethod
    def _read_parquet(files: Sequence[InputFile], virtual: bool = True) -> str:
        paths = ", ".join(literal(file.path) for file in files)
        options = ", filename = true, file_row_number = true" if virtual else ""
        return f"read_parquet([{paths}]{options}, hive_partitioning = false)"

    def _select_list(self, present: Set[str] | Mapping[str, str]) -> list[str]:
        """SQL of the format's columns as they are landed: texts, all of one type."""
        return select_list(
            self._landing,
            self._input.columns,
            self._input.renamed,
            present,
            frozenset(column.name for column in self._input.columns),
            _NO_TEXT,
        )

    def _land(self, file: InputFile, names: Iterable[str]) -> list[Path]:
        """Write a file as Parquet, once. Returns the records, then what could not be parsed."""
        identity = _digest(
            str(READER_VERSION),
            str(file.path),
            str(file.size_bytes),
            str(file.modified_ns),
            json.dumps(sorted(self._input.renamed.items())),
            json.dumps([[column.name, column.hashed] for column in self._input.columns]),
            salt_fingerprint(self._salt),
        )
        records = self._folder / f"{identity}.parquet"
        broken = self._folder / f"{identity}.unreadable.parquet"
        if not records.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            land = {
                "csv": self._land_csv,
                "json": self._land_json_lines,
                "parquet": self._land_parquet,
            }[file.kind]
            try:
                land(file, list(names), records.with_suffix(".new"), broken.with_suffix(".new"))
            except duckdb.Error as error:
                raise UsageError(
                    f"{self._input.where}: file `{file.label}` is not readable: "
                    f"{_first_line(error)}"
                ) from None
            stat = file.path.stat()
            if (stat.st_size, stat.st_mtime_ns) != (file.size_bytes, file.modified_ns):
                raise UsageError(
                    f"{self._input.where}: file `{file.label}` changed while it was "
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
            self._copy(
                f"select cast(1 as bigint) as source_row, '' as source_error, {nulls} where false",
                records,
            )
            return
        try:
            self._copy_csv(file.path, _delimiter(file), names, records)
        except duckdb.InvalidInputException as error:
            if "state machine" not in str(error):
                raise
            # Files put together from several sources mix line ends, which the parser refuses.
            with self._rewritten(file, lambda line: line.replace(b"\r\n", b"\n")) as unmixed:
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
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
        self._connection.execute("drop table if exists reject_errors")
        self._connection.execute("drop table if exists reject_scans")
        selected = ", ".join(self._select_list(set(names)))
        # An empty field is an empty text, not a null: a model name that is empty is not a missing
        # model column. No file holds the text given as its null.
        self._copy(
            f"select row_number() over () as source_row, cast(null as varchar) as source_error, "
            f"{selected} from read_csv({literal(path)}, auto_detect = false, header = true, "
            f"columns = {{{columns}}}, delim = {literal(delimiter)}, quote = '\"', "
            f"escape = '\"', nullstr = '\x02', store_rejects = true, rejects_limit = 0, "
            f"max_line_size = {_MAX_LINE_BYTES}, buffer_size = {2 * _MAX_LINE_BYTES})",
            target,
        )

    def _nulls(self) -> list[str]:
        return self._select_list(frozenset())

    def _land_parquet(
        self, file: InputFile, names: Sequence[str], records: Path, broken: Path
    ) -> None:
        """Copy what the engine would read otherwise: every value as the text that DuckDB gives."""
        del broken
        selected = ", ".join(self._select_list(set(names)))
        self._copy(
            "select file_row_number + 1 as source_row, cast(null as varchar) as source_error, "
            f"{selected} from {self._read_parquet([file])}",
            records,
        )

    def _land_json_lines(
        self, file: InputFile, names: Sequence[str], records: Path, broken: Path
    ) -> None:
        del names, broken  # A broken line stays at its place among the records.
        try:
            self._copy_json_lines(file.path, records)
        except duckdb.InvalidInputException:
            # Bytes that are no text, or the one sign that stands between columns: repaired, the
            # line is read or becomes a record with a reason like any other broken line.
            with self._rewritten(file, _repaired) as repaired:
                self._copy_json_lines(repaired, records)

    def _copy_json_lines(self, path: Path, target: Path) -> None:
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
                    {literal(path)}, auto_detect = false, header = false,
                    columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', escape = '',
                    nullstr = '\x02', max_line_size = {_MAX_LINE_BYTES},
                    buffer_size = {2 * _MAX_LINE_BYTES}
                )
            )
            where trim(line) <> ''
            """,
            target,
        )

    @contextlib.contextmanager
    def _rewritten(self, file: InputFile, rewrite: Callable[[bytes], bytes]) -> Iterator[Path]:
        """A copy of a row file with every line rewritten, gone when it has been read."""
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=_SCRATCH_PREFIX) as scratch:
            copy = Path(scratch) / "copy"
            with _open_binary(file.path) as lines, copy.open("wb") as stream:
                stream.writelines(map(rewrite, lines))
            yield copy

    def _json_select_list(self) -> list[str]:
        columns = []
        for column in self._input.columns:
            theirs = self._input.renamed.get(column.name, column.name)
            # A JSON pointer: in a JSON path a column named * would be all columns.
            pointer = "/" + theirs.replace("~", "~0").replace("/", "~1")
            expression = f"(record ->> {literal(pointer)})"
            if column.hashed:
                expression = self._landing.hashed(expression)
            columns.append(f"{expression} as {DuckDB.identifier(column.name)}")
        return columns

    def _copy(self, query: str, target: Path) -> None:
        self._connection.execute(
            f"copy ({query}) to {literal(target)} (format parquet, compression zstd)"
        )


def _head_columns(read: Input, file: InputFile) -> list[str]:
    """Column names of a CSV file, or the keys in the first lines of a JSON lines file."""
    try:
        with _open_binary(file.path) as head:
            if head.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                raise UsageError(f"{read.where}: file `{file.label}` is UTF-16; save it as UTF-8")
        with _open_text(file.path) as stream:
            if file.kind == "csv":
                return _header(read, file, stream)
            keys: dict[str, None] = {}
            for number, line in enumerate(stream):
                if number == 0 and line.lstrip().startswith("["):
                    raise UsageError(
                        f"{read.where}: file `{file.label}` is one JSON array; it "
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
            f"{read.where}: file `{file.label}` is not readable: {_first_line(error)}"
        ) from None


def _header(read: Input, file: InputFile, stream: Iterable[str]) -> list[str]:
    rows = csv.reader(stream, delimiter=_delimiter(file))
    names = [name.strip() for name in next(rows, [])]
    if not names and next(rows, None) is not None:
        raise UsageError(
            f"{read.where}: file `{file.label}` begins with a blank line; its first "
            "line must name the columns"
        )
    # A line that ends in a delimiter has a column more, without a name.
    names = [name or f"unnamed {place}" for place, name in enumerate(names, start=1)]
    lower = [name.lower() for name in names]
    if len(set(lower)) != len(lower):
        raise UsageError(
            f"{read.where}: file `{file.label}` names a column twice in its header: "
            f"{_some(name for name in names if lower.count(name.lower()) > 1)}"
        )
    return names


def _delimiter(file: InputFile) -> str:
    """The sign of comma, semicolon, tab and bar that is most frequent in the header line."""
    with _open_text(file.path) as stream:
        header = stream.readline()
    return max(",;\t|", key=header.count)


def _repaired(line: bytes) -> bytes:
    text = line.decode("utf-8", errors="replace").replace("\x01", "\ufffd")
    return text.encode()


def _open_text(path: Path) -> Any:
    return io.TextIOWrapper(_open_binary(path), encoding="utf-8-sig", errors="replace", newline="")


def _open_binary(path: Path) -> Any:
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")


def _write_listing(
    connection: duckdb.DuckDBPyConnection,
    rows: list[dict[str, Any]],
    columns: Mapping[str, str],
    target: Path,
) -> None:
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(f"create or replace temp table listing ({typed})")
    if rows:
        values = ", ".join(f"${name}" for name in columns)
        connection.executemany(f"insert into listing values ({values})", rows)
    fresh = target.with_suffix(".new")
    connection.execute(f"copy listing to {literal(fresh)} (format parquet)")
    os.replace(fresh, target)


def _digest(*parts: str) -> str:
    return hashlib.md5("\x00".join(parts).encode(), usedforsecurity=False).hexdigest()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _some(names: Any, most: int = 12) -> str:
    listed = sorted(set(names))
    tail = f", … ({len(listed)} in all)" if len(listed) > most else ""
    return ", ".join(listed[:most]) + tail if listed else "no columns"
