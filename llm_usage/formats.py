"""Log formats, as the folders of ``models/staging`` declare them.

A format is one staging folder ``models/staging/<format>/`` with a source of the same name whose
one table is ``records``. Its columns are all that is ever read of such a log; their ``meta`` says
what reading them takes:

``required: true``
    A log without this column is refused at the start.
``hashed: true``
    A key of a person, session or app: salted and hashed as the first step after reading.

and the table's ``meta`` says ``mapped: true`` where a user may name the columns (``columns:``).

What an entry of the settings names beside its log (``tags:``, ``accounts:``) is declared in the
same way, in a folder and source of that name, with a table that is not called ``records``.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from llm_usage import PROJECT_ROOT
from llm_usage.errors import UsageError

DAILY_SUFFIXES = ("_daily", "_usage", "_activity")
"""Formats of daily totals end so; all others hold one record per request. The same rule stands in
``macros/inputs/daily_formats.sql``, where dbt needs it before any file can be read."""

SIDE_INPUTS = ("tags", "accounts")
"""What may stand beside a log."""


@dataclass(frozen=True)
class Column:
    """A column that a format reads: its name and what its ``meta`` says."""

    name: str
    required: bool
    hashed: bool


@dataclass(frozen=True)
class Format:
    """A log format: its name, the columns read, and whether users may rename them."""

    name: str
    columns: tuple[Column, ...]
    mapped: bool

    @property
    def is_daily(self) -> bool:
        """Whether its records are daily totals rather than requests."""
        return self.name.endswith(DAILY_SUFFIXES)

    @property
    def model(self) -> str:
        """The staging model that the format's name promises."""
        return f"stg_{self.name}__{'usage_daily' if self.is_daily else 'requests'}"


@dataclass(frozen=True)
class SideInput:
    """What an entry may name beside its log, by its key there, and the columns read of it."""

    name: str
    columns: tuple[Column, ...]

    def relation(self, gateway: str) -> str:
        """The raw relation of one gateway's. No gateway and no format begins with an underscore.

        The same name is made in ``macros/inputs/side_records.sql``.
        """
        return f"__{self.name}_{gateway}"


def known_formats(project_root: Path = PROJECT_ROOT) -> dict[str, Format]:
    """Read every format from its staging folder.

    :param project_root: the dbt project.
    :returns: formats by name, in order of name.
    :raises UsageError: a folder declares a source but lacks the model its name promises.
    """
    formats = {}
    for path in sorted((project_root / "models" / "staging").glob("*/_*__sources.yml")):
        declared = yaml.safe_load(path.read_text(encoding="utf-8"))
        for source in declared["sources"]:
            if source["name"] != path.parent.name or source["tables"][0]["name"] != "records":
                continue
            table = source["tables"][0]
            found = Format(source["name"], _columns(table), _meta(table).get("mapped", False))
            if not (path.parent / f"{found.model}.sql").exists():
                raise UsageError(f"{path.parent.name}: the format needs a model {found.model}.sql")
            formats[found.name] = found
    return formats


def known_side_inputs(project_root: Path = PROJECT_ROOT) -> dict[str, SideInput]:
    """Read what may stand beside a log from its staging folders.

    :param project_root: the dbt project.
    :returns: side inputs by name.
    """
    found = {}
    for name in SIDE_INPUTS:
        path = project_root / "models" / "staging" / name / f"_{name}__sources.yml"
        (source,) = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
        found[name] = SideInput(name, _columns(source["tables"][0]))
    return found


def _columns(table: dict) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=column["name"],
            required=_meta(column).get("required", False),
            hashed=_meta(column).get("hashed", False),
        )
        for column in table["columns"]
    )


def _meta(node: dict) -> dict:
    return node.get("config", {}).get("meta", {})
