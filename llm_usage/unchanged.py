"""Whether a build could change anything: what the last complete one was made from.

A build that has ended well notes one fingerprint of all that it was made from, and what the
warehouse's file looked like then: whoever writes to it, a run of dbt or a hand, makes it another.
Where both are as they were there is nothing to build. Any doubt is a build.
"""

import datetime
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import yaml

from llm_usage import PROJECT_ROOT
from llm_usage.errors import UsageError
from llm_usage.formats import known_formats
from llm_usage.inputs import find_files, landing_folder
from llm_usage.relations import RAW_SCHEMA
from llm_usage.salt import read_salt, salt_fingerprint
from llm_usage.settings import check_gateways

_NOTE = "complete_build.json"
_CODE = ("models", "macros", "seeds", "tests", "contracts", "llm_usage")
_SETTINGS = ("dbt_project.yml", "profiles.yml")
_PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb")
_PLACES = ("DBT_TARGET_PATH", "DBT_LOG_PATH")
"""Variables of dbt that say only where it writes about a run."""


def made_from(options: Sequence[str]) -> str | None:
    """Fingerprint all that a build's tables hang on, beside the clock.

    :param options: the words for dbt, ``--vars`` and its JSON among them, without what says only
        how to build.
    :returns: a digest, or none where the settings are wrong: the build then says so itself.
    """
    try:
        parts = [
            list(options),
            [f"{name} {version(name)}" for name in _PACKAGES],
            sorted(
                f"{name}={value}"
                for name, value in os.environ.items()
                if name.startswith("DBT_") and name not in _PLACES
            ),
            salt_fingerprint(read_salt()),
            list(_input_files(_variables(options))),
            list(_code()),
        ]
    except (UsageError, OSError):
        return None
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def is_complete(warehouse: Path, fingerprint: str | None, data_tests: bool) -> bool:
    """Whether the last run of dbt was a complete build from just that, as of now.

    :param warehouse: the DuckDB file.
    :param fingerprint: from :func:`made_from`.
    :param data_tests: whether the tables must have been tested as well.
    """
    if fingerprint is None:
        return False
    latest = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(days=1)
    try:
        noted = json.loads(_note_file(warehouse).read_text(encoding="utf-8"))
        if noted | {"is_tested": True} != _note(warehouse, fingerprint, is_tested=True):
            return False
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            # What was rejected because it lay in the future may lie in the past by now.
            ((waiting,),) = connection.execute(
                "select (select count(*) from intermediate.int_input_days "
                "where first_future_at <= ?) + (select count(*) from main.fct_rejected_records "
                "where reasons like '%usage_date_in_future%')",
                [latest],
            ).fetchall()
            read_files = connection.execute(
                f"select read_file from {RAW_SCHEMA}._input_files"
            ).fetchall()
    except (OSError, ValueError, duckdb.Error):
        return False
    return (
        (noted["is_tested"] or not data_tests)
        and waiting == 0
        and all(Path(file).exists() for (file,) in read_files)
    )


def note(warehouse: Path, fingerprint: str | None, data_tests: bool) -> None:
    """Note, as a build's last step, what it was made from.

    :param warehouse: the DuckDB file, which nobody has open.
    :param fingerprint: from :func:`made_from`, taken before the build began: a file that changed
        meanwhile is then built anew.
    :param data_tests: whether the tables were tested.
    """
    if fingerprint is not None:
        text = json.dumps(_note(warehouse, fingerprint, data_tests))
        _note_file(warehouse).write_text(text, encoding="utf-8")


def _note_file(warehouse: Path) -> Path:
    return landing_folder(str(warehouse)) / _NOTE


def _note(warehouse: Path, fingerprint: str, is_tested: bool) -> dict[str, Any]:
    """What is noted, of a file as it is now.

    :raises OSError: there is none.
    """
    found = warehouse.stat()
    return {
        "fingerprint": fingerprint,
        "is_tested": is_tested,
        "size_bytes": found.st_size,
        "modified_ns": found.st_mtime_ns,
        "has_log": warehouse.with_name(f"{warehouse.name}.wal").exists(),
    }


def _variables(words: Sequence[str]) -> Mapping[str, Any]:
    project = yaml.safe_load((PROJECT_ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    given = json.loads(words[words.index("--vars") + 1]) if "--vars" in words else {}
    return {**project["vars"], **given}


def _input_files(variables: Mapping[str, Any]) -> Iterator[list[str | int]]:
    for gateway in check_gateways(variables["gateways"], known_formats()):
        for read in (gateway.log, *gateway.side_inputs.values()):
            for file in find_files(read):
                yield [read.name, file.label, str(file.path), file.size_bytes, file.modified_ns]


def _code() -> Iterator[list[str]]:
    files = [PROJECT_ROOT / name for name in _SETTINGS]
    for folder in _CODE:
        files += (PROJECT_ROOT / folder).rglob("*")
    for path in sorted(files):
        if path.is_file() and path.suffix != ".pyc":
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            yield [str(path.relative_to(PROJECT_ROOT)), digest]
