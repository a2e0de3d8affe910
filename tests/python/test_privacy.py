"""Keys are hashed as they enter; texts of people never do."""

from pathlib import Path

import duckdb
import pytest
from conftest import SALT, Warehouse, table_log
from log_files import PARQUET_TYPES, request, write_csv, write_json_lines, write_parquet

PLANTED = {
    "account_id": "planted-account-4711",
    "session_id": "planted-session-4711",
    "app_id": "planted-app-4711",
    "prompt": "planted prompt: my password is swordfish",
    "response": "planted answer: I will not tell",
}


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A log whose people, prompts and answers must not be found again, readable and broken."""
    logs = tmp_path / "raw"
    logs.mkdir()
    records = [request(1, **PLANTED), request(2, **PLANTED, prompt_tokens=-1)]
    kinds = PARQUET_TYPES | dict.fromkeys(PLANTED, "varchar")
    write_parquet(logs / "a.parquet", records, kinds)
    path = write_csv(logs / "b.csv", [record | {"request_id": "x"} for record in records])
    path.write_text(path.read_text() + ",".join(PLANTED.values()) + ",x" * 20 + "\n")
    write_json_lines(logs / "c.jsonl", [record | {"request_id": "y"} for record in records])
    with (logs / "c.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(str(PLANTED) + "\n")
    return logs


def texts_of(file: Path) -> str:
    """All that a file says: as it stands, and, where it is compressed, as it is read."""
    texts = [file.read_bytes().decode(errors="replace")]
    with duckdb.connect() as connection:
        if file.suffix == ".parquet":
            texts.append(str(connection.execute(f"select * from '{file}'").fetchall()))
        elif file.suffix == ".duckdb":
            connection.execute(f"set variable llm_usage_salt = '{SALT}'")
            # Views name the catalog that they were made in.
            connection.execute(f"attach '{file}' as {file.stem} (read_only)")
            connection.execute(f"use {file.stem}")
            for schema, name in connection.execute(
                "select table_schema, table_name from information_schema.tables "
                f"where table_catalog = '{file.stem}'"
            ).fetchall():
                texts.append(str(connection.execute(f"from {schema}.{name}").fetchall()))
            texts.append(str(connection.execute("select sql from duckdb_views()").fetchall()))
    return "\n".join(texts)


def test_no_key_prompt_or_salt_is_found_in_what_a_build_leaves(
    tmp_path: Path, planted: Path
) -> None:
    warehouse = Warehouse(tmp_path, data_tests=True)
    warehouse.build(table_log(planted))
    # Plain dbt, which says the most of what it does.
    done = warehouse.command(
        *("-m", "dbt.cli.main", "--debug", "build", "--vars", warehouse.settings.read_text())
    )
    assert done.returncode == 0
    left = [
        file
        for file in tmp_path.rglob("*")
        if file.is_file() and not file.is_symlink() and planted not in file.parents
    ]
    kinds = {
        "the warehouse": lambda file: file == warehouse.path,
        "the landing folder": lambda file: "test.duckdb.landing" in file.parts,
        "the published file": lambda file: file.name == "marts.duckdb",
        "the exports": lambda file: file.parent.name == "marts" and file.suffix == ".parquet",
        "the manifest": lambda file: file.name == "manifest.json" and file.parent.name == "marts",
        "dbt's artefacts": lambda file: file.name == "run_results.json",
        "dbt's log": lambda file: file.name == "dbt.log",
    }
    for kind, is_of_it in kinds.items():
        assert any(map(is_of_it, left)), kind
    for file in left:
        said = texts_of(file)
        for secret in [*PLANTED.values(), SALT]:
            assert secret not in said, f"{secret} in {file}"
    assert not any(secret in done.stdout for secret in [*PLANTED.values(), SALT])
    # Both good ones, three bad ones and two lines that cannot be read were there to be found.
    assert warehouse.query(
        "select sum(accepted_records), sum(rejected_records) from data_quality_daily"
    ) == [(3, 5)]


def test_a_key_is_the_same_in_every_file_and_another_under_another_salt(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    logs = tmp_path / "raw"
    logs.mkdir()
    write_parquet(logs / "a.parquet", [request(1, account_id="ann")], PARQUET_TYPES)
    write_csv(logs / "b.csv", [request(2, account_id="ann"), request(3, account_id="None")])
    settings = table_log(logs)
    warehouse.build(settings)
    ((first,), (second,)) = warehouse.query(
        "select account_id from fct_requests where account_id is not null"
    )
    assert first == second and "ann" not in first
    assert warehouse.query("select max(accounts) from fct_usage_daily") == [(1,)]

    done = warehouse.command(
        *("-m", "llm_usage", "build", "--gateways", str(warehouse.settings)),
        *("--warehouse", str(warehouse.path)),
        LLM_USAGE_SALT="another salt",
    )
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        connection.execute("set variable llm_usage_salt = 'another salt'")
        keys = connection.execute(
            "select distinct account_id from fct_requests where account_id is not null"
        ).fetchall()
    assert len(keys) == 1 and keys[0][0] != first


def test_without_the_salt_a_key_reads_as_null(warehouse: Warehouse, tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", [request(1)], PARQUET_TYPES)
    warehouse.build(table_log(path))
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        assert connection.execute("select account_id from fct_requests").fetchall() == [(None,)]


def test_an_empty_salt_is_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    settings = table_log(write_csv(tmp_path / "log.csv", [request(1)]))
    warehouse.settings.write_text(str(settings))
    done = warehouse.command(
        *("-m", "llm_usage", "build", "--gateways", str(warehouse.settings)),
        LLM_USAGE_SALT=" ",
    )
    assert done.returncode == 2
    assert "LLM_USAGE_SALT is set but empty" in done.stderr
    assert "Traceback" not in done.stderr
