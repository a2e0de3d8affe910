"""The settings file: which logs there are, checked before anything is read.

Every message is one line and says what to mend. The file is YAML; its top-level keys are the
variables of ``dbt_project.yml``, so that the same file serves ``llm-usage build`` and
``dbt build --vars "$(cat my.yml)"``.
"""

import datetime
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from llm_usage import PROJECT_ROOT
from llm_usage.errors import UsageError
from llm_usage.formats import Column, Format, SideInput, known_side_inputs

ENTRY_KEYS = ("name", "format", "location", "population", "columns", "tags", "accounts")
SIDE_INPUT_KEYS = {"tags": ("location", "sampling_rate"), "accounts": ("location",)}
NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Input:
    """Files that are read as one: a log, or what its entry names beside it.

    ``name`` is unique among all inputs, ``where`` opens every message about it and ``noun`` says
    what lacks a column there. ``renamed`` maps our column names to the files' own, where
    ``is_mapped`` lets users do so.
    """

    name: str
    where: str
    noun: str
    location: str
    columns: tuple[Column, ...]
    renamed: Mapping[str, str]
    is_mapped: bool


@dataclass(frozen=True)
class Gateway:
    """One log: an entry of ``gateways:`` that has been checked.

    ``side_inputs`` holds what stands beside the log, by its key in the entry (`tags`, `accounts`).
    """

    name: str
    format: Format
    population: str
    log: Input
    side_inputs: Mapping[str, Input]


def read_settings(path: Path) -> dict[str, Any]:
    """Read a settings file into dbt variables.

    :param path: the YAML file.
    :returns: variable values by name.
    :raises UsageError: the file is missing, is not YAML, or has a key that is no variable.
    """
    try:
        settings = yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such settings file") from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(f"{path}: not readable as YAML: {_one_line(error)}") from None
    if not isinstance(settings, dict) or "gateways" not in settings:
        raise UsageError(f"{path}: needs a top-level key `gateways:` with a list of logs")
    variables = yaml.safe_load((PROJECT_ROOT / "dbt_project.yml").read_text("utf-8"))["vars"]
    for key in settings:
        if key not in variables:
            raise UsageError(f"{path}: unknown key `{key}`{_did_you_mean(key, variables)}")
    clock = settings.get("build_clock")
    if isinstance(clock, datetime.datetime):
        settings["build_clock"] = clock.strftime("%Y-%m-%d %H:%M:%S")
    elif clock is not None:
        try:
            datetime.datetime.strptime(str(clock), "%Y-%m-%d %H:%M:%S")
        except ValueError:
            raise UsageError(
                f'variable `build_clock` is {clock}; it needs "YYYY-MM-DD HH:MM:SS" (UTC) or null'
            ) from None
    return settings


class _StrictLoader(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error, not the last one's silent win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a repeated key, naming it and its line."""
        seen = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.YAMLError(
                    f"key `{key_node.value}` stands twice, line {key_node.start_mark.line + 1}"
                )
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def check_gateways(entries: Any, formats: Mapping[str, Format]) -> list[Gateway]:
    """Check the list of logs.

    :param entries: the value of ``gateways``.
    :param formats: the formats there are.
    :returns: one gateway per entry, in the order given.
    :raises UsageError: at the first thing that is wrong.
    """
    if not isinstance(entries, list) or not entries:
        raise UsageError("gateways: needs a list with at least one log (name, format, location)")
    gateways: list[Gateway] = []
    for position, entry in enumerate(entries, start=1):
        gateway = _check_entry(entry, position, formats)
        if gateway.name in {other.name for other in gateways}:
            raise UsageError(f"gateway `{gateway.name}`: the name stands twice; names are unique")
        gateways.append(gateway)
    return gateways


def _check_entry(entry: Any, position: int, formats: Mapping[str, Format]) -> Gateway:
    where = f"gateways, entry {position}"
    if not isinstance(entry, dict):
        raise UsageError(f"{where}: needs keys name, format and location")
    for key in entry:
        if key not in ENTRY_KEYS:
            raise UsageError(f"{where}: unknown key `{key}`{_did_you_mean(str(key), ENTRY_KEYS)}")
    for key in ("name", "format", "location"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise UsageError(f"{where}: needs `{key}:` with a text")
    name, population = entry["name"], entry.get("population", "own")
    for key, value in (("name", name), ("population", population)):
        if not isinstance(value, str) or not NAME_PATTERN.fullmatch(value):
            raise UsageError(
                f"{where}: `{key}:` {value!r} must be lower-case letters, digits and underscores, "
                "a letter first, at most 63"
            )
    where = f"gateway `{name}`"
    if entry["format"] not in formats:
        raise UsageError(
            f"{where}: unknown format `{entry['format']}`"
            f"{_did_you_mean(entry['format'], formats)}; there are: {', '.join(formats)}"
        )
    log_format = formats[entry["format"]]
    columns = {} if entry.get("columns") is None else entry["columns"]
    if not isinstance(columns, dict):
        raise UsageError(f"{where}: `columns:` maps our names to yours, as {{ours: theirs}}")
    if columns and not log_format.mapped:
        raise UsageError(f"{where}: format `{log_format.name}` knows its columns; drop `columns:`")
    ours = [column.name for column in log_format.columns]
    for our_name, their_name in columns.items():
        if our_name not in ours:
            raise UsageError(
                f"{where}: `columns:` has no column `{our_name}`{_did_you_mean(our_name, ours)}; "
                f"the name before the colon is ours: {', '.join(ours)}"
            )
        if not isinstance(their_name, str) or not their_name:
            raise UsageError(f"{where}: `columns: {{{our_name}: …}}` needs the log's column name")
    _check_location(where, entry["location"])
    log = Input(
        name, where, "log", entry["location"], log_format.columns, columns, log_format.mapped
    )
    side_inputs = {
        key: _check_side_input(entry[key], side_input, name, log_format)
        for key, side_input in known_side_inputs().items()
        if key in entry
    }
    return Gateway(name, log_format, population, log, side_inputs)


def _check_location(where: str, location: str) -> None:
    """Refuse an address, which may hold a password, before dbt starts and writes settings down."""
    address = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", location)
    if address:
        raise UsageError(f"{where}: location `{address.group(1)}://…` must be a local path")


def _check_side_input(asked: Any, side_input: SideInput, gateway: str, log_format: Format) -> Input:
    where, key = f"gateway `{gateway}`", side_input.name
    keys = SIDE_INPUT_KEYS[key]
    if log_format.is_daily:
        raise UsageError(
            f"{where}: format `{log_format.name}` holds daily totals, no requests; drop `{key}:`"
        )
    if not isinstance(asked, dict):
        raise UsageError(f"{where}: `{key}:` needs {' and '.join(keys)}, as {{{keys[0]}: …}}")
    for given in asked:
        if given not in keys:
            raise UsageError(
                f"{where}: `{key}:` has no key `{given}`{_did_you_mean(given, keys)}; "
                f"there are: {', '.join(keys)}"
            )
    location = asked.get("location")
    if not isinstance(location, str) or not location.strip():
        raise UsageError(f"{where}: `{key}:` needs `location:` with a text")
    _check_location(f"{where}, `{key}:`", location)
    if "sampling_rate" in keys:
        rate = asked.get("sampling_rate")
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 1:
            raise UsageError(
                f"{where}: `{key}:` needs `sampling_rate:`, the part of the log's requests that "
                "was classified: a number above 0 and at most 1"
                + (f", not {rate!r}" if "sampling_rate" in asked else ", such as 0.0025")
            )
    return Input(
        side_input.relation(gateway),
        f"{where}, `{key}:`",
        "input",
        location,
        side_input.columns,
        {},
        False,
    )


def _did_you_mean(word: str, choices: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(word), list(choices), n=1)
    return f" (did you mean `{close[0]}`?)" if close else ""


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
