"""Keys are hashed as they enter; texts of people never do."""

from pathlib import Path

import duckdb
from conftest import SALT, Warehouse, table_log
from log_files import PARQUET_TYPES, request, write_csv, write_parquet

PLANTED = {
    "account_id": "planted-account-4711",
    "session_id": "planted-session-4711",
    "app_id": "planted-app-4711",
    "prompt": "planted prompt: my password is swordfish",
    "response": "planted answer: I will not tell",
}


def test_no_key_prompt_or_salt_is_found_in_what_a_build_leaves(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    logs = tmp_path / "raw"
    logs.mkdir()
    records = [request(1, **PLANTED), request(2, **PLANTED, prompt_tokens=-1)]
    kinds = PARQUET_TYPES | dict.fromkeys(PLANTED, "varchar")
    write_parquet(logs / "a.parquet", records, kinds)
    path = write_csv(logs / "b.csv", [record | {"request_id": "x"} for record in records])
    path.write_text(path.read_text() + ",".join(PLANTED.values()) + ",x" * 20 + "\n")
    warehouse.build(table_log(logs))
    left = [file for file in tmp_path.rglob("*") if file.is_file() and logs not in file.parents]
    assert warehouse.path in left and any("landing" in str(file) for file in left)
    for file in left:
        content = file.read_bytes()
        for secret in [*PLANTED.values(), SALT]:
            assert secret.encode() not in content, f"{secret} in {file.name}"
    # Stored blocks are compressed: look at every text that can be read as well.
    for schema, name in warehouse.query(
        "select table_schema, table_name from information_schema.tables"
    ):
        rows = str(warehouse.query(f"select * from {schema}.{name}"))
        assert not any(secret in rows for secret in [*PLANTED.values(), SALT]), name
    done = warehouse.command(
        *("-m", "dbt.cli.main", "--debug", "build", "--vars", warehouse.settings.read_text())
    )
    assert done.returncode == 0
    for file in [*warehouse.folder.glob("logs/dbt.log*"), *warehouse.folder.rglob("target/**/*")]:
        if file.is_file():
            content = file.read_bytes()
            assert not any(s.encode() in content for s in [*PLANTED.values(), SALT]), file
    texts = warehouse.query("select record from fct_rejected_records")
    assert len(texts) == 3
    assert not any(secret in str(texts) for secret in PLANTED.values())


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
