"""A build with nothing new is no build; any doubt is one."""

import json
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
    assert "nothing new since the last build" in warehouse.build(settings)
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
    for instant, is_complete in (("timestamp '2026-01-03'", False), ("null", True)):
        warehouse.execute(f"update intermediate.int_input_days set first_future_at = {instant}")
        # Whoever writes to the warehouse, it is no longer what the build has left.
        assert not unchanged.is_complete(warehouse.path, made_from, data_tests=False)
        unchanged.note(warehouse.path, made_from, data_tests=False)
        assert unchanged.is_complete(warehouse.path, made_from, data_tests=False) == is_complete
    ((landed,),) = warehouse.query("select read_file from llm_usage_raw._input_files")
    Path(landed).unlink()
    assert not unchanged.is_complete(warehouse.path, made_from, data_tests=False)


def test_a_run_of_a_part_is_followed_by_a_build(warehouse: Warehouse) -> None:
    settings = _built(warehouse)
    dbt = ["-m", "dbt.cli.main", "seed", "--select", "finish_reasons"]
    done = warehouse.command(*dbt, "--vars", json.dumps(settings, default=str))
    assert done.returncode == 0, done.stdout
    assert "nothing new" not in warehouse.build(settings)
