"""Write, audit, publish: readers see the marts of the last good build, whole, or nothing.

A build writes to a working warehouse. When its audits have passed, the marts are copied to a folder
of their own, a *version*; one rename of one link then makes that version the published one::

    llm_usage.duckdb                      the working warehouse
    marts.duckdb -> marts.versions/current/marts.duckdb
    marts        -> marts.versions/current/marts          *.parquet and manifest.json
    marts.versions/current -> 3f9c…                       the link that is renamed

Readers never open the working warehouse, so they never block a build.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from llm_usage import __version__
from llm_usage.errors import BuildFailed, UsageError
from llm_usage.inputs import engine_settings
from llm_usage.relations import DuckDB, literal

STORAGE_VERSION = "v1.0.0"
"""The oldest layout of a file that DuckDB still writes: every DuckDB since 1.0 reads it."""

DEFAULT_NAME = "llm_usage"
_CURRENT = "current"
_DATABASE = "marts.duckdb"
_PARQUET = "marts"
_MANIFEST = "manifest.json"
_READ_ONLY = 0o444


@dataclass(frozen=True)
class Mart:
    """A mart to publish.

    ``relation`` is what it is read from in DuckDB's SQL, with the working warehouse attached as
    ``working``; ``types`` are the types of its dbt contract by column, in order.
    """

    name: str
    relation: str
    types: Mapping[str, str]

    @property
    def query(self) -> str:
        """SQL of its rows, in the types of its contract."""
        columns = ", ".join(
            f"cast({DuckDB.identifier(column)} as {kind}) as {DuckDB.identifier(column)}"
            for column, kind in self.types.items()
        )
        return f"select {columns} from {self.relation}"


@dataclass(frozen=True)
class Place:
    """Where the marts of a warehouse are published: beside it, under a name made from its own.

    ``warehouse/llm_usage.duckdb`` publishes ``warehouse/marts.duckdb`` and ``warehouse/marts/``,
    any other ``my.duckdb`` publishes ``my.marts.duckdb`` and ``my.marts/``.
    """

    folder: Path
    name: str

    @classmethod
    def of(cls, warehouse: Path) -> "Place":
        """The place of a working warehouse: DuckDB's file, or Spark's folder."""
        stem = warehouse.name.removesuffix(".duckdb")
        return cls(warehouse.parent, "marts" if stem == DEFAULT_NAME else f"{stem}.marts")

    @property
    def database(self) -> Path:
        """The DuckDB file that readers open."""
        return self.folder / f"{self.name}.duckdb"

    @property
    def parquet(self) -> Path:
        """The folder of Parquet files, with ``manifest.json``."""
        return self.folder / self.name

    @property
    def versions(self) -> Path:
        """The folder of what is, was and will be published."""
        return self.folder / f"{self.name}.versions"

    @property
    def links(self) -> dict[Path, str]:
        """What readers' names point to: never anything else, so that they are made only once."""
        current = f"{self.versions.name}/{_CURRENT}"
        return {self.database: f"{current}/{_DATABASE}", self.parquet: f"{current}/{_PARQUET}"}

    def check(self) -> None:
        """Stop before a build whose end could not be published.

        :raises UsageError: something else stands under one of the names.
        """
        for name, target in self.links.items():
            if os.path.lexists(name) and not (name.is_symlink() and os.readlink(name) == target):
                raise UsageError(
                    f"{name}: stands where a link to the published marts belongs; move it away"
                )

    @property
    def is_published(self) -> bool:
        """Whether readers find marts under all names."""
        return all(name.exists() for name in self.links)

    @property
    def as_it_was(self) -> str:
        """What readers see after a build that failed."""
        if (self.versions / _CURRENT).exists():
            return f"not published: {self.database.name} and {self.name}/ stay as they were"
        return "not published: nothing has been published yet"


def publish(place: Place, marts: Iterable[Mart], warehouse: Path | None, scratch: Path) -> str:
    """Copy marts to a new version and make it the published one.

    Rows are sorted and the files hold no time of their making: equal marts are equal bytes in every
    Parquet file and in the manifest.

    :param place: where.
    :param marts: what.
    :param warehouse: a DuckDB file to attach as ``working``, read-only.
    :param scratch: an existing folder for what does not fit into memory.
    :returns: a line that says what was published.
    :raises BuildFailed: it could not be written; what was published stays as it was.
    """
    place.check()
    version = place.versions / secrets.token_hex(8)
    former = _published(place)
    try:
        _remove_all_but(place, former)
        try:
            (version / _PARQUET).mkdir(parents=True)
            manifest = _export(version, list(marts), warehouse, scratch)
            for file in [version / _DATABASE, *(version / _PARQUET).iterdir()]:
                file.chmod(_READ_ONLY)
                _sync(file)
            for folder in (version / _PARQUET, version, place.versions):
                _sync(folder)
        except BaseException:
            shutil.rmtree(version, ignore_errors=True)
            raise
        for name, target in place.links.items():
            if not name.is_symlink():
                _point(name, target)
        _sync(place.folder)
        _point(place.versions / _CURRENT, version.name)
    except OSError as error:
        raise BuildFailed(
            f"the marts could not be published: {error.strerror} ({error.filename})"
        ) from None
    with contextlib.suppress(OSError):
        _sync(place.versions)
        # Who has resolved the link and is still opening files has until the next build to do so.
        _remove_all_but(place, [version, *former])
    rows = sum(mart["rows"] for mart in manifest["marts"].values())
    return f"{len(manifest['marts'])} marts, {rows:,} rows"


def _export(
    version: Path, marts: list[Mart], warehouse: Path | None, scratch: Path
) -> dict[str, Any]:
    """Write the DuckDB file, the Parquet files and the manifest of a version."""
    described = {}
    with duckdb.connect(config=engine_settings(scratch)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        # Rows in one order, in files cut at the same rows: equal bytes for equal marts.
        connection.execute("set threads = 1")
        if warehouse is not None:
            connection.execute(f"attach {literal(warehouse)} as working (read_only)")
        connection.execute(
            f"attach {literal(version / _DATABASE)} as published "
            f"(storage_version '{STORAGE_VERSION}')"
        )
        for mart in sorted(marts, key=lambda mart: mart.name):
            table = f"published.{DuckDB.identifier(mart.name)}"
            file = version / _PARQUET / f"{mart.name}.parquet"
            connection.execute(f"create table {table} as {mart.query} order by all")
            ((rows,),) = connection.execute(
                f"copy {table} to {literal(file)} (format parquet, compression zstd)"
            ).fetchall()
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            described[mart.name] = {
                "rows": rows,
                "sha256": digest,
                "columns": dict(mart.types),
            }
        window = _window(connection)
        connection.execute("checkpoint published")
        connection.execute("detach published")
    manifest = {
        "versions": {
            "llm_usage": __version__,
            "duckdb": duckdb.__version__,
            "duckdb_storage": STORAGE_VERSION,
        },
        "window": window,
        "marts": described,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (version / _PARQUET / _MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def _window(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """What the marts are of: the records of each log, and the days of the accepted ones."""
    relation = connection.sql(
        """
        select
            population,
            gateway,
            cast(min(usage_date) filter (where accepted_records > 0) as varchar) as first_day,
            cast(max(usage_date) filter (where accepted_records > 0) as varchar) as last_day,
            cast(sum(raw_records) as bigint) as raw_records,
            cast(sum(accepted_records) as bigint) as accepted_records,
            cast(sum(rejected_records) as bigint) as rejected_records,
            cast(sum(duplicate_records) as bigint) as duplicate_records
        from published.data_quality_daily
        group by population, gateway
        order by population, gateway
        """
    )
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def _published(place: Place) -> list[Path]:
    """The version that readers see, if there is one."""
    current = place.versions / _CURRENT
    return [place.versions / os.readlink(current)] if current.is_symlink() else []


def _remove_all_but(place: Place, kept: Iterable[Path]) -> None:
    """Remove what was published long ago, and what killed builds have left."""
    names = {_CURRENT, *(version.name for version in kept)}
    if place.versions.is_dir():
        for entry in place.versions.iterdir():
            if entry.name not in names:
                shutil.rmtree(
                    entry
                ) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def _point(link: Path, target: str) -> None:
    """Make a link, or turn it, in one step."""
    fresh = link.with_name(f"{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    os.replace(fresh, link)


def _sync(path: Path) -> None:
    """Have a file or a folder on disk before something points to it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
