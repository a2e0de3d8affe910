"""How each engine's SQL says what :mod:`llm_usage.inputs` has found: one relation per input.

The files are found, checked and landed the same way whatever engine builds. Here stands what
differs: the statements that make the raw relations.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from llm_usage.formats import Column

RAW_SCHEMA = "llm_usage_raw"
"""The schema that every run makes anew: a name that nobody else's tables stand under."""

SALT_VARIABLE = "llm_usage_salt"
"""DuckDB's session variable that holds the salt, so that no stored view text contains it."""


@dataclass(frozen=True)
class Part:
    """Parquet files of one shape that a relation reads: DuckDB's types by column.

    ``is_landed`` says that the columns have our names already, and that the place of each record
    and the reason why it could not be parsed stand beside them.
    """

    files: Sequence[Path]
    types: Mapping[str, str]
    is_landed: bool


@dataclass(frozen=True)
class Keys:
    """How keys of people are hashed: what counts as a missing one."""

    absent_texts: Sequence[str]

    def expression(self, key: str, salt: str) -> str:
        """SQL of the salted hash of a key as text, null where the key is missing."""
        absent = ", ".join(literal(text) for text in self.absent_texts)
        longest = max(map(len, self.absent_texts))
        # The first line is the common case, as in the macro to_text: nothing to trim.
        return (
            f"md5({salt} || '|' || case "
            f"when length({key}) > {longest} and {key} not like ' %' and {key} not like '% ' "
            f"then {key} when lower(trim({key})) not in ({absent}) then trim({key}) end)"
        )


def literal(value: object) -> str:
    """A value as an SQL text."""
    return "'" + str(value).replace("'", "''") + "'"


def schema() -> list[str]:
    """Statements that make the raw schema anew: it holds views and tables over our files."""
    return [f"drop schema if exists {RAW_SCHEMA} cascade", f"create schema {RAW_SCHEMA}"]


@dataclass(frozen=True)
class DuckDB:
    """Views over ``read_parquet``; the salt is a variable of the session."""

    keys: Keys

    @staticmethod
    def identifier(name: str) -> str:
        """A quoted name."""
        return '"' + name.replace('"', '""') + '"'

    @staticmethod
    def refuses(path: Path, types: Mapping[str, str], columns: Sequence[Column]) -> bool:
        """Whether a Parquet file cannot be read in place: DuckDB reads them all."""
        del path, types, columns
        return False

    def empty(self, name: str, columns: Sequence[str]) -> str:
        """A statement that makes a relation without rows."""
        nulls = ", ".join(f"null as {self.identifier(column)}" for column in columns)
        return f"create view {RAW_SCHEMA}.{name} as select {nulls} where false"

    def hashed(self, expression: str) -> str:
        """SQL of the salted hash of a key."""
        return self.keys.expression(
            f"cast({expression} as varchar)", f"getvariable('{SALT_VARIABLE}')"
        )

    def relation(
        self,
        name: str,
        columns: Sequence[Column],
        renamed: Mapping[str, str],
        parts: Sequence[Part],
        as_text: Set[str],
    ) -> str:
        """A statement that makes the relation of an input."""
        selects = []
        for part in parts:
            files = ", ".join(literal(path) for path in part.files)
            if part.is_landed:
                selected = ["filename as read_file", "source_row", "source_error"]
                selected += [self.identifier(column.name) for column in columns]
                options = "filename = true"
            else:
                selected = ["filename as read_file", "file_row_number + 1 as source_row"]
                selected += ["cast(null as varchar) as source_error"]
                selected += select_list(self, columns, renamed, part.types, as_text, "null")
                options = "filename = true, file_row_number = true"
            selects.append(
                f"select {', '.join(selected)} from read_parquet([{files}], {options}, "
                "hive_partitioning = false)"
            )
        query = " union all ".join(selects)
        return f"create view {RAW_SCHEMA}.{self.identifier(name)} as {query}"

    def listing(self, name: str, file: Path, columns: Mapping[str, str]) -> str:
        """A statement that makes a table of a Parquet file that the next run replaces."""
        del columns
        return f"create table {RAW_SCHEMA}.{name} as select * from read_parquet({literal(file)})"


# Types that both engines turn into the same text and number. What Spark reads as something else
# (unsigned and huge numbers, nanoseconds, nested values) is landed as DuckDB's text.
_SAME_TYPES = re.compile(
    r"VARCHAR|BOOLEAN|TINYINT|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE|DATE|TIMESTAMP|"
    r"TIMESTAMP WITH TIME ZONE|DECIMAL\(\d+,\d+\)"
)
_SAME_KEY_TYPES = re.compile(r"VARCHAR|TINYINT|SMALLINT|INTEGER|BIGINT")
_HADOOP_SIGNS = re.compile(r"[{}\\,:`]")
_URI_SIGNS = re.compile(r"[^A-Za-z0-9/._=~-]")


@dataclass(frozen=True)
class Spark:
    """Stored views over ``parquet.`…```, so that every session of a cluster reads the same.

    The salt is read from ``salt_folder`` when a view is: its text names the folder, and without a
    file in it keys read as null.
    """

    keys: Keys
    salt_folder: Path

    @staticmethod
    def identifier(name: str) -> str:
        """A quoted name."""
        return "`" + name.replace("`", "``") + "`"

    @staticmethod
    def refuses(path: Path, types: Mapping[str, str], columns: Sequence[Column]) -> bool:
        """Whether Spark would not read a Parquet file as DuckDB does.

        Hadoop takes names for patterns and leaves hidden files out without a word.
        """
        return (
            path.name.startswith(("_", "."))
            or _HADOOP_SIGNS.search(str(path)) is not None
            or any(
                not (_SAME_KEY_TYPES if column.hashed else _SAME_TYPES).fullmatch(
                    types.get(column.name, "VARCHAR")
                )
                for column in columns
            )
        )

    def empty(self, name: str, columns: Sequence[str]) -> str:
        """A statement that makes a relation without rows."""
        nulls = ", ".join(
            f"cast(null as string) as {self.identifier(column)}" for column in columns
        )
        return f"create view {RAW_SCHEMA}.{name} as select {nulls} where false"

    def hashed(self, expression: str) -> str:
        """SQL of the salted hash of a key."""
        return self.keys.expression(
            f"cast({expression} as string)", f"(select max(value) from text.`{self.salt_folder}`)"
        )

    def relation(
        self,
        name: str,
        columns: Sequence[Column],
        renamed: Mapping[str, str],
        parts: Sequence[Part],
        as_text: Set[str],
    ) -> str:
        """A statement that makes the relation of an input."""
        del as_text  # Where types differ between files, the files are landed.
        # A null of no type takes that of the other files, but a view needs one from somewhere.
        somewhere = {name for part in parts for name in part.types}
        nowhere = {
            column.name
            for column in columns
            if renamed.get(column.name, column.name) not in somewhere
        }
        selects = []
        for part in parts:
            read_file = "regexp_replace(_metadata.file_path, '^file:/+', '/')"
            if any(_URI_SIGNS.search(str(path)) for path in part.files):
                # A path is a URI here; decoding takes a plus for a blank.
                read_file = f"url_decode(replace({read_file}, '+', '%2B'))"
            selected = [f"{read_file} as read_file"]
            if part.is_landed:
                selected += ["source_row", "source_error"]
                selected += [self.identifier(column.name) for column in columns]
            else:
                selected += ["_metadata.row_index + 1 as source_row"]
                selected += ["cast(null as string) as source_error"]
                selected += [
                    "cast(null as string) as " + self.identifier(column.name)
                    if column.name in nowhere
                    else select_list(self, [column], renamed, part.types, frozenset(), "null")[0]
                    for column in columns
                ]
            selects.append(f"select {', '.join(selected)} from parquet.`{_one_path(part.files)}`")
        query = " union all ".join(selects)
        return f"create view {RAW_SCHEMA}.{self.identifier(name)} as {query}"

    def listing(self, name: str, file: Path, columns: Mapping[str, str]) -> str:
        """A statement that makes a table of a Parquet file that the next run replaces."""
        types = {"varchar": "string"}
        selected = ", ".join(
            f"cast({column} as {types.get(kind, kind)}) as {column}"
            for column, kind in columns.items()
        )
        return (
            f"create table {RAW_SCHEMA}.{name} using parquet as "
            f"select {selected} from parquet.`{file}`"
        )


def select_list(
    engine: DuckDB | Spark,
    columns: Sequence[Column],
    renamed: Mapping[str, str],
    present: Set[str] | Mapping[str, str],
    as_text: Set[str],
    absent: str,
) -> list[str]:
    """SQL of the format's columns: renamed, keys hashed, ``absent`` where a log lacks them."""
    selected = []
    for column in columns:
        theirs = renamed.get(column.name, column.name)
        expression = absent
        if theirs in present:
            expression = engine.identifier(theirs)
            if column.name in as_text:
                expression = f"cast({expression} as varchar)"
            if column.hashed:
                expression = engine.hashed(expression)
        selected.append(f"{expression} as {engine.identifier(column.name)}")
    return selected


def _one_path(files: Sequence[Path]) -> str:
    """Files as one Hadoop pattern: their common folder, and what parts them in braces."""
    if len(files) == 1:
        return str(files[0])
    folder = Path(*_common([path.parent.parts for path in files]))
    names = ",".join(str(path.relative_to(folder)) for path in files)
    return f"{folder}/{{{names}}}"


def _common(all_parts: Sequence[tuple[str, ...]]) -> list[str]:
    common = []
    for parts in zip(*all_parts, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return common
