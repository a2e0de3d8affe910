"""The project as a whole: parsed strictly, described everywhere, the same on a second engine."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

from llm_usage.contracts.checking import marts_contracts
from llm_usage.formats import DAILY_SUFFIXES, known_formats

STRICT_PARSE = """
import sys
from dbt.jsonschemas import jsonschemas
# dbt warns of keys that its next major refuses, but only on adapters of this set.
assert isinstance(jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS, set)
jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS.update({"duckdb", "spark"})
from dbt.cli.main import dbtRunner
result = dbtRunner().invoke([
    "--warn-error-options", '{"error": ["Deprecations"]}',
    "parse", "--no-partial-parse", "--show-all-deprecations", "--target", "mem",
    "--target-path", sys.argv[1],
])
sys.exit(0 if result.success else 1)
"""


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict]]:
    target = tmp_path_factory.mktemp("parse")
    done = subprocess.run(
        [sys.executable, "-c", STRICT_PARSE, str(target)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return json.loads((target / "manifest.json").read_text())


def models(manifest: dict[str, dict[str, dict]]) -> list[dict]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def test_the_project_parses_without_a_deprecation(manifest: dict[str, dict[str, dict]]) -> None:
    assert models(manifest)


def test_every_model_opens_with_its_grain_and_describes_its_columns(
    manifest: dict[str, dict[str, dict]],
) -> None:
    for model in models(manifest):
        assert model["description"].startswith("One row per "), model["name"]
        assert model["columns"], model["name"]
        for column in model["columns"].values():
            assert column["description"], f"{model['name']}.{column['name']}"


def test_contracts_have_the_columns_types_and_meanings_that_dbt_knows(
    manifest: dict[str, dict[str, dict]],
) -> None:
    marts = {model["name"]: model for model in models(manifest) if model["fqn"][1] == "marts"}
    contracts = {contract.name: contract for contract in marts_contracts()}
    assert marts.keys() == contracts.keys()
    for name, mart in marts.items():
        assert contracts[name].table["description"] == " ".join(mart["description"].split())
        assert [
            (column.name, column.physical_type, column.description)
            for column in contracts[name].columns
        ] == [
            (column["name"], column["data_type"], " ".join(column["description"].split()))
            for column in mart["columns"].values()
        ]


def test_what_is_built_is_written_down_after_all_that_is_stored_by_period(
    manifest: dict[str, dict[str, dict]],
) -> None:
    by_name = {model["name"]: model for model in models(manifest)}

    def upstream(name: str) -> set[str]:
        parents = {parent.split(".")[-1] for parent in by_name[name]["depends_on"]["nodes"]}
        parents &= by_name.keys()
        return parents.union(*map(upstream, parents))

    stored = {
        name for name, model in by_name.items() if model["config"]["materialized"] == "incremental"
    }
    assert stored <= upstream("int_built_days")
    # Names are on record as read when all that is stored by what they were read as is built.
    by_model = {
        name
        for name in stored
        if by_name[name]["config"]["meta"].get("slices")
        in ("int_build_months", "int_relabelled_days")
    }
    assert by_model <= upstream("int_model_accounts_daily") | {"int_model_accounts_daily"}


def test_nothing_but_staging_reads_sources_and_no_model_knows_its_engine(
    manifest: dict[str, dict[str, dict]],
) -> None:
    for model in models(manifest):
        layer = model["fqn"][1]
        parents = {parent.split(".")[0] for parent in model["depends_on"]["nodes"]}
        assert (layer == "staging") or "source" not in parents, model["name"]
        assert not re.search(r"target\.(type|name)", model["raw_code"]), model["name"]


def test_the_project_stays_small_enough_to_start_fast(
    manifest: dict[str, dict[str, dict]],
) -> None:
    running = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed", "snapshot")
    ]
    assert len(running) < 160


def test_python_and_jinja_agree_on_which_formats_hold_daily_totals() -> None:
    rule = (ROOT / "macros" / "inputs" / "daily_formats.sql").read_text()
    assert tuple(re.findall(r"endswith\('(\w+)'\)", rule)) == DAILY_SUFFIXES


def test_the_guard_knows_every_variable() -> None:
    guard = (ROOT / "macros" / "guards" / "check_variables.sql").read_text()
    known = guard[guard.index("macro known_variables") :]
    declared = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
    assert set(re.findall(r"'(\w+)'", known)) == set(declared)


def test_formats_are_the_staging_folders_with_a_source() -> None:
    assert known_formats().keys() >= {"table", "openrouter_rankings_daily"}
    for log_format in known_formats().values():
        folder = ROOT / "models" / "staging" / log_format.name
        assert (folder / f"{log_format.model}.sql").exists()


def test_the_lock_names_no_address() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text(), lock.name
    assert not Path(ROOT / "uv.lock").exists()
