"""A build that is killed leaves what readers see whole, and the next one mends the rest."""

import json
import random
import shutil
import signal
import subprocess
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import ROOT, Warehouse, table_log
from log_files import PARQUET_TYPES, request, write_csv, write_parquet

pytestmark = pytest.mark.xdist_group("killed_builds")

SEED = 20251122
TYPES = PARQUET_TYPES | {"finish_reason": "varchar"}
Exports = dict[str, bytes]


def nodes(folder: str) -> list[str]:
    """The models of a layer, as dbt names them before each of their statements."""
    names = sorted(path.stem for path in (ROOT / "models" / folder).rglob("*.sql"))
    assert names
    return [f"model.llm_usage.{name}" for name in names]


def random_moments() -> list[tuple[str, int, float]]:
    """Ten moments, at least one in every layer and three in the publish step, in random order."""
    draw = random.Random(SEED)

    def some(moments: list[str], count: int = 1) -> list[tuple[str, int, float]]:
        return [(draw.choice(moments), count, draw.uniform(0, 0.05))]

    seeds = [f"seed.llm_usage.{path.stem}" for path in sorted((ROOT / "seeds").rglob("*.csv"))]
    moments = [
        *some(["llm_usage.inputs._write_listing"]),
        *some(seeds),
        *some(nodes("staging")),
        *some(nodes("intermediate/inputs")),
        *some(nodes("intermediate/requests")),
        *some(nodes("intermediate/usage")),
        *some(nodes("marts")),
        # While the marts are copied; before a link is made or turned; after it, before what is old
        # is removed.
        ("llm_usage.publish._export", 1, draw.uniform(0, 0.5)),
        ("llm_usage.publish._point", 1, 0.0),
        ("llm_usage.publish._remove_all_but", 2, 0.0),
    ]
    draw.shuffle(moments)
    return moments


def write_days(folder: Path, days: range) -> None:
    for day in days:
        records = [
            request(100 * day + n, f"2025-03-{day:02}", finish_reason=["stop", "tool_use"][n % 2])
            for n in range(8)
        ]
        records += [request(100 * day, f"2025-03-{day:02}", completion_tokens=day)]
        records += [request(99, f"2025-03-{day:02}", prompt_tokens=-1)]
        if day % 2:
            write_parquet(folder / f"{day:02}.parquet", records, TYPES)
        else:
            write_csv(folder / f"{day:02}.csv", [{"finish_reason": None} | row for row in records])


class Killable:
    """A warehouse whose log has changed since it was published; set back for each kill."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = Warehouse(folder / "place")
        self.warehouse.folder.mkdir()
        self.before = folder / "before"
        log = folder / "log"
        log.mkdir()
        write_days(log, range(1, 8))
        self.warehouse.settings = folder / "settings.yml"
        self.warehouse.settings.write_text(yaml.safe_dump(table_log(log)), encoding="utf-8")
        assert self.build().returncode == 0
        self.exports_before = self.exports()
        shutil.copytree(self.warehouse.folder, self.before, symlinks=True)
        # A day that is new, one that has changed, and two that are gone, one of them landed.
        write_days(log, range(8, 10))
        write_parquet(log / "03.parquet", [request(5, "2025-03-03")], PARQUET_TYPES)
        (log / "05.parquet").unlink()
        (log / "06.csv").unlink()
        done = self.build()
        assert done.returncode == 0, done.stderr
        self.said = done.stdout
        self.exports_after = self.exports()

    def build(self, *moment: object) -> subprocess.CompletedProcess[str]:
        return self.warehouse.command(
            *("tests/python/killed_build.py", str(self.warehouse.settings)),
            *(str(self.warehouse.path), *map(str, moment)),
        )

    def set_back(self, to: Path | None) -> None:
        for path in self.warehouse.folder.iterdir():
            # What dbt has parsed is the same for all.
            if path.name != "target":
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        if to is not None:
            shutil.copytree(to, self.warehouse.folder, symlinks=True, dirs_exist_ok=True)

    def exports(self) -> Exports:
        """The bytes of all that is published as files."""
        folder = self.warehouse.folder / "test.marts"
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def check_published(self) -> Exports:
        """What readers see is one build's, in both shapes."""
        exports = self.exports()
        manifest = json.loads(exports["manifest.json"])["marts"]
        assert exports.keys() == {"manifest.json", *(f"{name}.parquet" for name in manifest)}
        database = self.warehouse.folder / "test.marts.duckdb"
        with duckdb.connect(str(database), read_only=True) as connection:
            for name, mart in manifest.items():
                rows = connection.execute(f"select count(*) from {name}").fetchone()
                assert rows == (mart["rows"],), name
        return exports


@pytest.fixture(scope="module")
def killable(tmp_path_factory: pytest.TempPathFactory) -> Killable:
    return Killable(tmp_path_factory.mktemp("killed"))


def test_files_that_are_gone_are_told(killable: Killable) -> None:
    assert "gone since the last build: 2 of its files" in killable.said
    assert "05.parquet" in killable.said and "06.csv" in killable.said
    assert "the 2 days that they held" in killable.said


@pytest.mark.parametrize("pair", range(5))
def test_the_build_after_two_killed_ones_is_as_if_undisturbed(
    killable: Killable, pair: int
) -> None:
    # Two kills, then a build: the first of them is mended by a build that is killed itself.
    # The first pair has nothing to begin with.
    killable.set_back(killable.before if pair else None)
    for moment in random_moments()[2 * pair :][:2]:
        killed = killable.build(*moment)
        assert killed.returncode == -signal.SIGKILL, f"{moment}: {killed.stdout}{killed.stderr}"
        if pair or (killable.warehouse.folder / "test.marts.versions" / "current").is_symlink():
            assert killable.check_published() in (killable.exports_before, killable.exports_after)
    done = killable.build()
    assert done.returncode == 0, done.stderr
    assert killable.check_published() == killable.exports_after
    left = {path.name for path in (killable.warehouse.folder / "test.marts.versions").iterdir()}
    assert len(left) <= 3, "what killed builds leave is removed"
