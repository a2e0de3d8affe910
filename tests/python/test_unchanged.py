"""A build with nothing new is no build; any doubt is one."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import SALT, Warehouse, table_log

from llm_usage import unchanged

HEADER = "request_id,requested_at,model,prompt_tokens,completion_tokens"


def _built(warehouse: Warehouse) -> dict[str, Any]:
    log = warehouse.folder / "log.csv"
    log.write_text(f"{HEADER}\n1,2025-03-01 12:00:00,openai/gpt-4o,10,5\n", encoding="utf-8")
    settings = table_log(log)
    assert "nothing new" not in warehouse.build(settings)
    return settings


def test_a_build_from_the_same_leaves_all_as_it_is(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _built(warehouse)
    marts = warehouse.dump()
    before = warehouse.path.stat().st_mtime_ns
    assert warehouse.build(settings).startswith("nothing new since the last build\n")
    assert warehouse.path.stat().st_mtime_ns == before
    assert warehouse.dump() == marts

    for name in ("LLM_USAGE_SALT", "DBT_TARGET_PATH"):
        monkeypatch.setenv(name, SALT)
    options = ["--vars", json.dumps(settings, default=str), "--target", "duckdb"]
    log = Path(settings["gateways"][0]["location"])

    def fingerprint(**variables: Any) -> str | None:
        return unchanged.made_from(
            ["--vars", json.dumps(settings | variables, default=str), *options[2:]]
        )

    made_from = fingerprint()
    unchanged.note(warehouse.path, made_from, data_tests=False)
    assert unchanged.is_complete(warehouse.path, made_from, data_tests=False)
    # Tables that were not tested are not as good as those that are asked for.
    assert not unchanged.is_complete(warehouse.path, made_from, data_tests=True)
    assert fingerprint(top_n=3) != made_from
    assert fingerprint(gateways="none") is None
    monkeypatch.setenv("LLM_USAGE_SALT", f"another {SALT}")
    assert fingerprint() != made_from
    monkeypatch.setenv("LLM_USAGE_SALT", SALT)
    assert fingerprint() == made_from
    log.write_text(log.read_text(encoding="utf-8") + "2,2025-03-01,openai/gpt-4o,1,1\n")
    assert fingerprint() != made_from

    # A record that was of the future, and a landed file that is gone.
    warehouse.execute(
        "update intermediate.int_input_days set first_future_at = timestamp '2026-01-03'"
    )
    assert not unchanged.is_complete(warehouse.path, made_from, data_tests=False)
    warehouse.execute("update intermediate.int_input_days set first_future_at = null")
    assert unchanged.is_complete(warehouse.path, made_from, data_tests=False)
    ((landed,),) = warehouse.query("select read_file from llm_usage_raw._input_files")
    Path(landed).unlink()
    assert not unchanged.is_complete(warehouse.path, made_from, data_tests=False)


@pytest.mark.parametrize(
    "words", [["seed", "--select", "finish_reasons"], ["build", "--select", "dim_prices"]]
)
def test_a_run_of_a_part_forgets_that_the_build_was_complete(
    warehouse: Warehouse, words: list[str]
) -> None:
    settings = _built(warehouse)
    dbt = [sys.executable, "-m", "dbt.cli.main", *words]
    done = warehouse.command(*dbt[1:], "--vars", json.dumps(settings, default=str))
    assert done.returncode == 0, done.stdout
    noted = warehouse.query(
        "select table_name from duckdb_tables() where table_name = '_complete_build'"
    )
    assert noted == []
