"""Logs of every shape are read alike, and what cannot be read is named."""

import gzip
import json
from pathlib import Path

import duckdb
from conftest import Warehouse, several_logs, table_log
from log_files import PARQUET_TYPES, request, write_csv, write_json_lines, write_parquet

from llm_usage.inputs import engine_settings, prepare

RECORDS = [
    request(1),
    request(2, model='say "hi", <b>'),
    request(3, billed_usd=None),
    request(4, "2025-03-11", account_id=None),
]


def test_the_same_log_reads_the_same_in_every_file_format(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    logs = {
        "csv": write_csv(tmp_path / "log.csv", RECORDS),
        "csv_gz": write_csv(tmp_path / "log.csv.gz", RECORDS),
        "tsv": write_csv(tmp_path / "log.tsv", RECORDS, "\t"),
        "semicolons": write_csv(tmp_path / "semicolons.csv", RECORDS, ";"),
        "jsonl": write_json_lines(tmp_path / "log.jsonl", RECORDS),
        "jsonl_gz": write_json_lines(tmp_path / "log.jsonl.gz", RECORDS),
        "parquet": write_parquet(tmp_path / "log.parquet", RECORDS, PARQUET_TYPES),
    }
    warehouse.build(several_logs(logs))
    for name in logs:
        rows = warehouse.query(
            "select request_id, requested_at::varchar, raw_model, prompt_tokens, "
            "completion_tokens, billed_usd, account_id is null, is_streamed, language "
            f"from fct_requests where gateway = '{name}' order by 1"
        )
        plain = ("openai/gpt-4o-mini", 100, 10)
        assert rows == [
            ("r1", "2025-03-10 12:00:00", *plain, 0.5, False, None, "unknown"),
            ("r2", "2025-03-10 12:00:00", 'say "hi", <b>', 100, 10, 0.5, False, None, "unknown"),
            ("r3", "2025-03-10 12:00:00", *plain, None, False, None, "unknown"),
            ("r4", "2025-03-11 12:00:00", *plain, 0.5, True, None, "unknown"),
        ], name


def test_times_of_every_type_are_the_same_instant(warehouse: Warehouse, tmp_path: Path) -> None:
    logs = {}
    for name, kind, value in [
        ("seconds", "bigint", 1741608000),
        ("milliseconds", "bigint", 1741608000000),
        ("microseconds", "bigint", 1741608000000000),
        ("nanoseconds", "bigint", 1741608000000000000),
        ("fractional", "double", 1741608000.0),
        ("zone", "timestamp with time zone", "2025-03-10 07:00:00-05"),
        ("naive", "timestamp", "2025-03-10 12:00:00"),
        ("text", "varchar", "2025-03-10T12:00:00"),
        ("offset", "varchar", "2025-03-10T17:30:00+05:30"),
    ]:
        logs[name] = write_parquet(
            tmp_path / f"{name}.parquet",
            [request(1, requested_at=value)],
            PARQUET_TYPES | {"requested_at": kind},
        )
    warehouse.build(several_logs(logs))
    assert warehouse.query(
        "select count(*), min(requested_at)::varchar, max(requested_at)::varchar from fct_requests"
    ) == [(len(logs), "2025-03-10 12:00:00", "2025-03-10 12:00:00")]


def test_a_folder_of_mixed_files_with_drifting_columns(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    folder = tmp_path / "log"
    for day in ("date=2025-03-10", "date=2025-03-11", "_temporary"):
        (folder / day).mkdir(parents=True)
    write_parquet(folder / "date=2025-03-10" / "a.parquet", [request(1)], PARQUET_TYPES)
    write_parquet(
        folder / "date=2025-03-11" / "a.parquet",
        [request(2, "2025-03-11", prompt_tokens="100", language="en")],
        PARQUET_TYPES | {"prompt_tokens": "varchar", "language": "varchar"},
    )
    write_csv(folder / "date=2025-03-11" / "b.csv", [request(3, "2025-03-11", app_id="shop")])
    write_csv(folder / "_temporary" / "c.csv", [request(4)])
    (folder / "_SUCCESS").touch()
    warehouse.build(table_log(folder))
    assert warehouse.query(
        "select request_id, prompt_tokens, language, app_id is null from fct_requests order by 1"
    ) == [("r1", 100, "unknown", True), ("r2", 100, "en", True), ("r3", 100, "unknown", False)]


def test_broken_lines_are_quarantined_with_file_and_line(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    csv_path = write_csv(tmp_path / "log.csv", [request(1), request(2)])
    lines = csv_path.read_bytes().splitlines(keepends=True)
    csv_path.write_bytes(
        lines[0] + lines[1] + b"too,few\n" + b"bad \xff\xfe,x,y,1,1,a,0\n" + lines[2]
    )
    json_path = write_json_lines(tmp_path / "log.jsonl", [request(3)])
    json_path.write_bytes(
        b'{"request_id": "cut of\n[1, 2]\n\x01\n' + json_path.read_bytes() + b"\xff\n"
    )
    settings = table_log(csv_path)
    settings["gateways"].append({"name": "lines", "format": "table", "location": str(json_path)})
    warehouse.build(settings)
    assert warehouse.query(
        "select gateway, sum(raw_records), sum(accepted_records), sum(rejected_records) "
        "from data_quality_daily group by 1 order by 1"
    ) == [("lines", 5, 1, 4), ("log", 4, 2, 2)]
    rejects = warehouse.query(
        "select source_file, record_key, reasons from fct_rejected_records order by all"
    )
    assert [(Path(file).name, key) for file, key, _ in rejects] == [
        ("log.csv", "line 3"),
        ("log.csv", "line 4"),
        ("log.jsonl", "line 1"),
        ("log.jsonl", "line 2"),
        ("log.jsonl", "line 3"),
        ("log.jsonl", "line 5"),
    ]
    assert all("record_unreadable" in reasons for _, _, reasons in rejects)


def test_records_that_break_rules_are_quarantined_with_their_text(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    path = write_csv(
        tmp_path / "log.csv",
        [
            request(1),
            request(2, prompt_tokens="twelve", billed_usd=-1),
            request(3, requested_at="yesterday"),
            request(4, requested_at="9999-12-31 00:00:00"),
            request(5, requested_at="0001-01-01 00:00:00"),
            request(6, completion_tokens="99999999999999999999"),
            request(7, model=""),
        ],
    )
    warehouse.build(table_log(path))
    assert warehouse.query(
        "select record_key, usage_date::varchar, reasons from fct_rejected_records order by 1"
    ) == [
        (
            "record 2",
            "2025-03-10",
            "prompt_tokens_not_a_whole_number, billed_usd_negative",
        ),
        ("record 3", None, "requested_at_unreadable"),
        ("record 4", "9999-12-31", "requested_at_in_future"),
        ("record 5", "0001-01-01", "requested_at_before_2015"),
        ("record 6", "2025-03-10", "completion_tokens_too_large"),
    ]
    ((record,),) = warehouse.query(
        "select record from fct_rejected_records where record_key = 'record 2'"
    )
    assert '"prompt_tokens":"twelve"' in record
    assert warehouse.query("select model_id from fct_requests where request_id = 'r7'") == [
        ("unknown",)
    ]


def test_hostile_names_are_names(warehouse: Warehouse, tmp_path: Path) -> None:
    names = [
        "'; drop table fct_requests; --",
        "<script>alert(1)</script>",
        '=cmd|"/c calc"!A1',
        "../../etc/passwd",
        "{{ ref('x') }}",
        "x" * 20_000,
        "naïve-模型-🦙",
    ]
    path = write_json_lines(
        tmp_path / "log.jsonl", [request(n, model=name) for n, name in enumerate(names)]
    )
    warehouse.build(table_log(path))
    found = dict(warehouse.query("select raw_model, model_id from unmapped_models"))
    assert found.keys() == set(names)
    assert all(model.startswith("unknown/") and len(model) <= 128 for model in found.values())


def test_an_empty_file_and_a_header_alone_are_logs_without_records(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    write_csv(folder / "a.csv", [request(1)])
    (folder / "b.csv").write_text((folder / "a.csv").read_text().splitlines()[0] + "\n")
    (folder / "c.csv").touch()
    (folder / "d.jsonl").touch()
    warehouse.build(table_log(folder))
    assert warehouse.query("select sum(raw_records) from data_quality_daily") == [(1,)]
    # Whichever of them is read first, a column is of one type.
    landed = list((warehouse.folder / "test.duckdb.landing" / "log").glob("*.parquet"))
    shapes = [duckdb.sql(f"describe from '{path}'").fetchall() for path in landed]
    assert len(landed) == 4
    assert all(shape == shapes[0] for shape in shapes)


def test_unreadable_files_stop_the_build_and_are_named(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    good = write_parquet(tmp_path / "a.parquet", [request(1)], PARQUET_TYPES)
    (tmp_path / "b.parquet").write_bytes(good.read_bytes()[:200])
    message = warehouse.refuse(table_log(tmp_path / "*.parquet"))
    assert "b.parquet" in message and "not readable as Parquet" in message

    whole = gzip.compress(write_csv(tmp_path / "c.csv", [request(1)] * 50).read_bytes())
    (tmp_path / "c.csv.gz").write_bytes(whole[:40])
    assert "c.csv.gz" in warehouse.refuse(table_log(tmp_path / "c.csv.gz"))

    (tmp_path / "d.json").write_text('[{"model": "m"}]')
    assert "one record per line" in warehouse.refuse(table_log(tmp_path / "d.json"))


def test_one_file_may_be_the_log_of_two_gateways(warehouse: Warehouse, tmp_path: Path) -> None:
    records = [request(1), request(1, completion_tokens=3), request(2, prompt_tokens=-1)]
    path = write_parquet(tmp_path / "log.parquet", records, PARQUET_TYPES)
    settings = several_logs({"one": path, "two": path})
    assert "its records would count twice" in warehouse.refuse(settings)
    settings["gateways"][1]["population"] = "others"
    for _ in range(2):
        warehouse.build(settings)
        assert warehouse.query(
            "select population, gateway, raw_records, accepted_records, rejected_records, "
            "duplicate_records from data_quality_daily order by all"
        ) == [("others", "two", 3, 1, 1, 1), ("own", "one", 3, 1, 1, 1)]
        assert warehouse.query("select count(*) from fct_requests") == [(2,)]
        warehouse.forget_complete_build()
    del settings["gateways"][0]
    warehouse.build(settings)
    assert warehouse.query(
        "select gateway, sum(raw_records) from data_quality_daily group by 1"
    ) == [("two", 3)]


def test_files_of_mixed_types_read_the_same_in_every_session(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    large = 9_007_199_254_740_993
    write_parquet(
        folder / "a.parquet",
        [request(1, request_id=large), request(2, request_id=large + 1)],
        PARQUET_TYPES | {"request_id": "bigint"},
    )
    write_parquet(
        folder / "b.parquet",
        [request(3, request_id=1.0, requested_at="2025-03-10 14:00:00+02")],
        PARQUET_TYPES | {"request_id": "double", "requested_at": "timestamp with time zone"},
    )
    warehouse.build(table_log(folder))
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        connection.execute("set TimeZone = 'Asia/Tokyo'")
        assert connection.execute(
            "select request_id, requested_at::varchar from fct_requests order by 1"
        ).fetchall() == [
            ("1.0", "2025-03-10 12:00:00"),
            (str(large), "2025-03-10 12:00:00"),
            (str(large + 1), "2025-03-10 12:00:00"),
        ]


def test_a_link_is_the_file_it_links_to(warehouse: Warehouse, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    write_parquet(folder / "a.parquet", [request(1)], PARQUET_TYPES)
    (folder / "latest.parquet").symlink_to(folder / "a.parquet")
    warehouse.build(table_log(folder))
    assert warehouse.query("select sum(raw_records) from data_quality_daily") == [(1,)]


def test_a_json_key_that_is_a_sign_is_a_key(tmp_path: Path) -> None:
    path = write_json_lines(tmp_path / "log.jsonl", [request(1, prompt="secret", **{"*": 7})])
    entry = {"name": "log", "format": "table", "location": str(path)}
    prepare([entry | {"columns": {"tool_calls": "*"}}], tmp_path / "landing", "salt", [""], {})
    (landed,) = (tmp_path / "landing" / "log").glob("*.parquet")
    with duckdb.connect() as connection:
        assert connection.execute(f"select tool_calls from '{landed}'").fetchall() == [("7",)]


def test_of_many_files_only_those_that_are_asked_for_are_read(tmp_path: Path) -> None:
    with duckdb.connect(config=engine_settings(tmp_path)) as connection:
        for number in range(200):
            connection.execute(f"copy (select {number} as n) to '{tmp_path}/{number}.parquet'")
        log = f"select n, filename as read_file from read_parquet('{tmp_path}/*.parquet')"
        connection.execute(f"create table listed as {log} where n % 2 = 0")
        [(_, text)] = connection.execute(
            "explain (analyze, format json) "
            f"select sum(n) from ({log}) where read_file in (select read_file from listed)"
        ).fetchall()
    scanned = []
    nodes = [json.loads(text)]
    while nodes:
        node = nodes.pop()
        nodes += node["children"]
        if node.get("extra_info", {}).get("Function") == "READ_PARQUET":
            scanned.append(node["operator_cardinality"])
    assert scanned == [100]
