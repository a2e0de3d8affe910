"""What no log should hold is accepted, or quarantined with a reason, and counted; it never runs."""

import gzip
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import Warehouse, several_logs
from log_files import PARQUET_TYPES, request, write_csv, write_json_lines, write_parquet

from llm_usage.errors import UsageError
from llm_usage.inputs import prepare

pytestmark = pytest.mark.xdist_group("bad_input")

LARGE = 10 * 1024 * 1024
MANY_NAMES = 100_000


def hostile_texts(canary: Path) -> list[str]:
    """Texts that would leave a file behind wherever one of them is run."""
    return [
        f"'; copy (select 1) to '{canary}'; --",
        f"\"; attach '{canary}'; select \"",
        f"{{{{ run_query(\"copy (select 1) to '{canary}'\") }}}}",
        f"{{% do run_query(\"copy (select 1) to '{canary}'\") %}}",
        f"$(touch {canary})",
        f"`touch {canary}`",
        f"| touch {canary}",
        f"=cmd|' /C touch {canary}'!A0",
        "+1+1",
        "-1+1",
        "@SUM(1)",
        "\t=1+1",
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "../../../../../../etc/passwd",
        "C:\\Windows\\System32\\calc.exe",
        "%s%n%x",
        "a\r\nSet-Cookie: x",
        "null\x00byte",
        "bell\x07escape\x1b[31m",
        "\u202eright to left\u202c",
        "\U0001f999 e\u0301 \u00e9",
    ]


def write_texts(path: Path, canary: Path) -> int:
    """JSON lines with whatever can stand in a text.

    :returns: how many records.
    """
    records: list[dict[str, Any]] = []
    for column in ("model", "provider", "finish_reason", "language", "country_code", "account_id"):
        for text in hostile_texts(canary):
            records.append(request(len(records), **{column: text}))
    for text in hostile_texts(canary):
        records.append(request(0) | {"request_id": text, "session_id": text, "app_id": text})
    for column in ("model", "account_id", "prompt_tokens", "requested_at", "prompt"):
        records.append(request(len(records), **{column: "9" * LARGE}))
    write_json_lines(path, records)
    return len(records)


# What a column of one type can hold, and what is said of it as a count of tokens and as money.
WHOLE, LARGE_COUNT, NEGATIVE = "not_a_whole_number", "too_large", "negative"
NO_NUMBER = "not_a_number"
NUMBERS: dict[str, list[tuple[str, str | None, str | None]]] = {
    "double": [
        ("nan", WHOLE, NO_NUMBER),
        ("inf", LARGE_COUNT, LARGE_COUNT),
        ("-inf", NEGATIVE, NEGATIVE),
        ("1e300", LARGE_COUNT, LARGE_COUNT),
        ("-0.0", None, None),
        ("9007199254740993", LARGE_COUNT, LARGE_COUNT),
        ("1.5", WHOLE, LARGE_COUNT),
        ("5e-324", WHOLE, None),
    ],
    "float": [("nan", WHOLE, NO_NUMBER), ("16777217", None, LARGE_COUNT)],
    "hugeint": [
        (str(2**63), LARGE_COUNT, LARGE_COUNT),
        (str(2**127 - 1), LARGE_COUNT, LARGE_COUNT),
        (str(-(2**127)), NEGATIVE, NEGATIVE),
    ],
    "uhugeint": [(str(2**128 - 1), LARGE_COUNT, LARGE_COUNT)],
    "ubigint": [(str(2**64 - 1), LARGE_COUNT, LARGE_COUNT)],
    "decimal(38, 10)": [
        ("9999999999999999999999999999.5", LARGE_COUNT, LARGE_COUNT),
        ("12.0", None, LARGE_COUNT),
    ],
    "varchar": [
        ("NaN", WHOLE, NO_NUMBER),
        ("Infinity", LARGE_COUNT, LARGE_COUNT),
        ("-Infinity", NEGATIVE, NEGATIVE),
        ("1e400", LARGE_COUNT, LARGE_COUNT),
        ("9" * 400, LARGE_COUNT, LARGE_COUNT),
        ("0x10", WHOLE, NO_NUMBER),
        ("ten", WHOLE, NO_NUMBER),
    ],
    "boolean": [("true", WHOLE, NO_NUMBER)],
    "date": [("2025-03-10", WHOLE, NO_NUMBER)],
}


def write_numbers(folder: Path) -> dict[str, str | None]:
    """Typed Parquet, a file for each type of tokens and of money, with its worst values.

    :returns: what becomes of each request: the reason, or None where it is accepted.
    """
    folder.mkdir()
    fates: dict[str, str | None] = {}
    with duckdb.connect() as connection:
        for kind, values in NUMBERS.items():
            for place, column in enumerate(("prompt_tokens", "billed_usd"), start=1):
                ids = [f"{column}-{kind}-{text[:30]}" for text, *_ in values]
                for request_id, value in zip(ids, values, strict=True):
                    reason = value[place]
                    fates[request_id] = f"{column}_{reason}" if reason else None
                rows = ", ".join(
                    f"('{request_id}', cast('{text}' as {kind}))"
                    for request_id, (text, *_) in zip(ids, values, strict=True)
                )
                other = "1e-5 as billed_usd" if place == 1 else "10 as prompt_tokens"
                connection.execute(
                    "copy (select request_id, timestamp '2025-03-10 12:00:00' as requested_at, "
                    f"'openai/gpt-4o-mini' as model, value as {column}, {other}, "
                    f"5 as completion_tokens from (values {rows}) listed(request_id, value)) "
                    f"to '{folder}/{column}_{kind.split('(')[0]}.parquet' (format parquet)"
                )
    return fates


UNREADABLE = "requested_at_unreadable"
TIMES = {
    "0001-01-01 00:00:00": "requested_at_before_2015",
    "9999-12-31 23:59:59": "requested_at_in_future",
    "0044-03-15 (BC) 12:00:00": UNREADABLE,
    "infinity": UNREADABLE,
    "-infinity": UNREADABLE,
    "294247-01-10 04:00:54": UNREADABLE,
    "999999-01-01 00:00:00": UNREADABLE,
    "2025-02-29 12:00:00": UNREADABLE,
    "2025-13-01 12:00:00": UNREADABLE,
    "2025-03-10 25:00:00": UNREADABLE,
    # A leap second: no engine has a place for it.
    "2016-12-31 23:59:60": UNREADABLE,
    "2016-12-31T23:59:60Z": UNREADABLE,
    # A zone by its name would need to know which of two hours is meant.
    "2025-10-26 02:30:00 Europe/Berlin": UNREADABLE,
    "2025-03-10T12:00:00+99:00": UNREADABLE,
    "Mon, 10 Mar 2025 12:00:00 GMT": UNREADABLE,
    "10/03/2025 12:00": UNREADABLE,
    "99999999999999999999": UNREADABLE,
    "-1": UNREADABLE,
    "1e10": "requested_at_in_future",
    "nan": UNREADABLE,
    "": "requested_at_missing",
}
GOOD_TIMES = {
    "2025-03-10T12:00:00+14:00": "2025-03-09 22:00:00",
    "2025-03-10T12:00:00-12:00": "2025-03-11 00:00:00",
    "2025-03-10 12:00:00 UTC": "2025-03-10 12:00:00",
    "2025-03-10T12:00:00.123456789Z": "2025-03-10 12:00:00.123456",
    "1741608000": "2025-03-10 12:00:00",
}
TYPED_TIMES = {
    "infinity": UNREADABLE,
    "-infinity": UNREADABLE,
    "290000-01-01": UNREADABLE,
    "0044-03-15 (BC) 12:00:00": UNREADABLE,
    "0001-01-01": "requested_at_before_2015",
    "9999-12-31": "requested_at_in_future",
}


def write_typed_times(path: Path, kind: str) -> Path:
    rows = ", ".join(f"('{text}', cast('{text}' as {kind}))" for text in TYPED_TIMES)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            "copy (select request_id, requested_at, 'm' as model, 1 as prompt_tokens, 1 as "
            f"completion_tokens from (values {rows}) listed(request_id, requested_at)) "
            f"to '{path}' (format parquet)"
        )
    return path


def write_many_names(path: Path) -> Path:
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select 'm' || number as request_id, timestamp '2025-03-10 12:00:00' as "
            "requested_at, case number % 3 when 0 then 'acme/own-model-' || number when 1 then "
            "'gpt-ours-' || number || '-turbo' else md5(number::varchar) end as model, 10 as "
            f"prompt_tokens, 1 as completion_tokens from range({MANY_NAMES}) listed(number)) "
            f"to '{path}' (format parquet)"
        )
    return path


class Bad:
    """One warehouse of all that is bad, and what was put in."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = Warehouse(folder / "place")
        self.warehouse.folder.mkdir()
        self.canary = folder / "canary"
        self.texts = write_texts(folder / "texts.jsonl", self.canary)
        self.numbers = write_numbers(folder / "numbers")
        times = [*TIMES, *GOOD_TIMES]
        write_csv(
            folder / "times.csv",
            [request(number, requested_at=text) for number, text in enumerate(times)],
        )
        # Bytes that are no text, in a row file of each kind.
        csv_file = write_csv(folder / "bytes.csv", [request(1), request(2)])
        csv_file.write_bytes(csv_file.read_bytes() + b"r3,\xff\xfe,\xc3(,1,1,\x00,0\n\x00\n")
        self.warehouse.build(
            several_logs(
                {
                    "texts": folder / "texts.jsonl",
                    "numbers": folder / "numbers",
                    "times": folder / "times.csv",
                    "typed": write_typed_times(folder / "typed.parquet", "timestamp"),
                    "zoned": write_typed_times(folder / "zoned.parquet", "timestamptz"),
                    "names": write_many_names(folder / "names.parquet"),
                    "bytes": csv_file,
                }
            )
        )
        self.folder = folder


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Bad:
    return Bad(tmp_path_factory.mktemp("bad"))


def test_every_record_is_accepted_or_rejected_with_a_reason(bad: Bad) -> None:
    counts = bad.warehouse.query(
        "select gateway, sum(raw_records), sum(accepted_records), sum(rejected_records), "
        "sum(duplicate_records) from data_quality_daily group by 1"
    )
    raw = {gateway: total for gateway, total, *_ in counts}
    assert all(total == sum(parts) for _, total, *parts in counts)
    assert raw == {
        "texts": bad.texts,
        "numbers": len(bad.numbers),
        "times": len(TIMES) + len(GOOD_TIMES),
        "typed": len(TYPED_TIMES),
        "zoned": len(TYPED_TIMES),
        "names": MANY_NAMES,
        "bytes": 4,
    }
    assert bad.warehouse.query(
        "select count(*) from fct_rejected_records where reasons = '' or reasons is null"
    ) == [(0,)]


def test_numbers_that_are_none_or_fit_nowhere_are_named(bad: Bad) -> None:
    rejected = bad.warehouse.query(
        "select record ->> 'request_id', reasons from fct_rejected_records "
        "where gateway = 'numbers'"
    )
    accepted = bad.warehouse.query(
        "select request_id, null from fct_requests where gateway = 'numbers'"
    )
    assert dict([*rejected, *accepted]) == bad.numbers
    assert bad.warehouse.query(
        "select bool_and(isfinite(coalesce(billed_usd, 0)) and prompt_tokens >= 0) "
        "from fct_requests"
    ) == [(True,)]


def test_times_that_are_none_or_on_no_calendar_are_named(bad: Bad) -> None:
    for gateway, expected in [("times", TIMES), ("typed", TYPED_TIMES), ("zoned", TYPED_TIMES)]:
        column = "requested_at" if gateway == "times" else "request_id"
        found = bad.warehouse.query(
            f"select record ->> '{column}', reasons from fct_rejected_records "
            f"where gateway = '{gateway}'"
        )
        assert dict(found) == expected, gateway
    assert {
        when
        for (when,) in bad.warehouse.query(
            "select cast(requested_at as varchar) from fct_requests where gateway = 'times'"
        )
    } == set(GOOD_TIMES.values())


def test_texts_are_kept_as_they_are_and_run_nowhere(bad: Bad) -> None:
    names = {
        name
        for (name,) in bad.warehouse.query(
            "select raw_model from unmapped_models where gateway = 'texts'"
        )
    }
    # The model names that are hostile, and the one of 10 MB.
    assert {name for name in names if len(name) < LARGE} == set(hostile_texts(bad.canary))
    assert "9" * LARGE in names
    assert not bad.canary.exists()
    assert not [file for file in bad.folder.rglob("*") if "canary" in file.name]
    ((longest,),) = bad.warehouse.query("select max(length(record)) from fct_rejected_records")
    assert longest <= 10_000


def test_each_of_many_unknown_names_is_a_model(bad: Bad) -> None:
    assert bad.warehouse.query(
        "select count(distinct model_id), bool_and(model_id like 'unknown/%'), sum(requests) "
        "from unmapped_models where gateway = 'names'"
    ) == [(MANY_NAMES, True, MANY_NAMES)]


def test_bytes_that_are_no_text_are_quarantined(bad: Bad) -> None:
    rejected = bad.warehouse.query(
        "select record_key, reasons from fct_rejected_records where gateway = 'bytes' order by 1"
    )
    assert [key for key, _ in rejected] == ["line 4", "line 5"]
    assert all(reasons.startswith("record_unreadable") for _, reasons in rejected)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.parquet", b"request_id,model\n1,m\n"),
        ("empty.parquet", b""),
        ("magic.parquet", b"PAR1PAR1"),
        ("short.parquet", None),
        ("footer.parquet", None),
        ("short.csv.gz", None),
        ("text.csv.gz", b"request_id,model\n"),
    ],
)
def test_a_file_that_is_none_of_its_kind_is_named(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    if content is None:
        good = write_parquet(tmp_path / "good.pq", [request(1)] * 500, PARQUET_TYPES).read_bytes()
        content = {
            "short.parquet": good[: len(good) // 2],
            # The length of the footer points before the file's beginning.
            "footer.parquet": good[:-8] + b"\xff\xff\xff\x7fPAR1",
            "short.csv.gz": gzip.compress(str(range(9)).encode() * 99)[:40],
        }[name]
    (tmp_path / name).write_bytes(content)
    entry = {"name": "log", "format": "table", "location": str(tmp_path / name)}
    with pytest.raises(UsageError) as refused:
        prepare([entry], tmp_path / "landing", "salt", [""], {})
    assert name in str(refused.value) and "not readable" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_cannot_be_read_or_changes_meanwhile_fails_the_build(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    logs = tmp_path / "log"
    logs.mkdir()
    good = write_parquet(
        logs / "a.parquet", [request(number) for number in range(500)], PARQUET_TYPES
    )
    whole = good.read_bytes()
    # The footer is whole, the pages are not.
    good.write_bytes(whole[:4] + b"\x00" * (len(whole) // 3) + whole[4 + len(whole) // 3 :])
    settings = several_logs({"log": logs})
    broken = warehouse.run(settings)
    assert broken.returncode == 1
    assert "Traceback" not in broken.stderr and "a.parquet" in broken.stderr

    good.write_bytes(whole)
    begun = warehouse.folder / "test.duckdb.landing" / "read_in_place.json"
    begun.unlink(missing_ok=True)

    def replace_when_read() -> None:
        deadline = time.monotonic() + 300
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        write_parquet(good, [request(number) for number in range(400)], PARQUET_TYPES)

    replacing = threading.Thread(target=replace_when_read)
    replacing.start()
    changed = warehouse.run(settings)
    replacing.join()
    assert changed.returncode == 1, changed.stdout
    assert f"changed while the build read them: {good}" in changed.stderr
    assert "Traceback" not in changed.stderr

    warehouse.build(settings)
    assert warehouse.query("select raw_records from data_quality_daily") == [(400,)]
