"""A wrong setting stops at the start, with one line that says what to mend."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Warehouse, table_log
from log_files import request, write_csv

from llm_usage.errors import UsageError
from llm_usage.formats import known_formats
from llm_usage.inputs import prepare
from llm_usage.settings import check_gateways, read_settings

LOG = {"name": "log", "format": "table", "location": "log.csv"}
TAGS = {"location": "tags.csv", "sampling_rate": 0.05}
RATE = (
    "`tags:` needs `sampling_rate:`, the part of the log's requests that was classified: a number"
)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "at least one log"),
        ("log.csv", "at least one log"),
        (["log.csv"], "entry 1: needs keys name, format and location"),
        ([LOG | {"locaton": "x"}], "unknown key `locaton` (did you mean `location`?)"),
        ([{"name": "log", "format": "table"}], "entry 1: needs `location:`"),
        ([LOG | {"name": 7}], "entry 1: needs `name:` with a text"),
        ([LOG | {"name": "My Log"}], "must be lower-case letters, digits and underscores"),
        ([LOG | {"population": "Ü"}], "must be lower-case letters, digits and underscores"),
        ([LOG, LOG], "gateway `log`: the name stands twice"),
        ([LOG | {"format": "tabel"}], "unknown format `tabel` (did you mean `table`?)"),
        ([LOG | {"columns": ["model"]}], "maps our names to yours"),
        ([LOG | {"columns": False}], "maps our names to yours"),
        ([LOG | {"name": "a\n"}], "must be lower-case letters, digits and underscores"),
        ([LOG | {"columns": {"modell": "m"}}], "no column `modell` (did you mean `model`?)"),
        ([LOG | {"columns": {"model": None}}], "needs the log's column name"),
        (
            [LOG | {"format": "openrouter_rankings_daily", "columns": {"date": "d"}}],
            "knows its columns",
        ),
        ([LOG | {"tag": TAGS}], "unknown key `tag` (did you mean `tags`?)"),
        ([LOG | {"tags": None}], "`tags:` needs location and sampling_rate, as {location: …"),
        ([LOG | {"tags": "tags.csv"}], "`tags:` needs location and sampling_rate"),
        ([LOG | {"tags": TAGS | {"rate": 1}}], "`tags:` has no key `rate`"),
        (
            [LOG | {"tags": TAGS | {"sample_rate": 1}}],
            "no key `sample_rate` (did you mean `sampling_rate`?); there are: location",
        ),
        ([LOG | {"tags": TAGS | {7: 1}}], "`tags:` has no key `7`"),
        ([LOG | {"tags": {"sampling_rate": 1}}], "`tags:` needs `location:` with a text"),
        ([LOG | {"tags": TAGS | {"location": " "}}], "`tags:` needs `location:` with a text"),
        ([LOG | {"tags": {"location": "tags.csv"}}], f"{RATE} above 0 and at most 1, such as"),
        *(
            ([LOG | {"tags": TAGS | {"sampling_rate": rate}}], f"{RATE} above 0 and at most 1, not")
            for rate in (0, 1.5, -0.1, True, None, "5%", float("nan"))
        ),
        ([LOG | {"accounts": "accounts.csv"}], "`accounts:` needs location, as {location: …}"),
        ([LOG | {"accounts": {}}], "`accounts:` needs `location:` with a text"),
        ([LOG | {"accounts": TAGS}], "`accounts:` has no key `sampling_rate`; there are: location"),
        *(
            (
                [LOG | {"format": "openrouter_rankings_daily", key: TAGS}],
                f"`openrouter_rankings_daily` holds daily totals, no requests; drop `{key}:`",
            )
            for key in ("tags", "accounts")
        ),
    ],
)
def test_every_wrong_entry_has_its_line(entries: Any, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        check_gateways(entries, known_formats())
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_stands_beside_a_log_is_read_from_its_entry() -> None:
    entry = LOG | {"tags": TAGS | {"sampling_rate": 1}, "accounts": {"location": "accounts"}}
    (gateway,) = check_gateways([entry], known_formats())
    assert {key: side.location for key, side in gateway.side_inputs.items()} == {
        "tags": "tags.csv",
        "accounts": "accounts",
    }
    (gateway,) = check_gateways([LOG], known_formats())
    assert not gateway.side_inputs


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gateways: [", "not readable as YAML"),
        ("logs: []", "needs a top-level key `gateways:`"),
        ("gateways: []\ntop_m: 5", "unknown key `top_m` (did you mean `top_n`?)"),
        ("gateways: []\ngateways: []", "key `gateways` stands twice, line 2"),
        ("gateways: []\nbuild_clock: 2026-02-30 00:00:00", "day is out of range"),
        ("gateways: []\nbuild_clock: tomorrow", 'it needs "YYYY-MM-DD HH:MM:SS"'),
    ],
)
def test_every_wrong_settings_file_has_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "settings.yml"
    path.write_text(text)
    with pytest.raises(UsageError) as raised:
        read_settings(path)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_settings_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such settings file"):
        read_settings(tmp_path / "none.yml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"location": "{folder}/none-*.csv"}, "matches no file"),
        ({"location": "{folder}/log.txt"}, "no ending known here"),
        ({"location": "{folder}/twice.csv"}, "names a column twice in its header: Model, model"),
        ({"location": "S3://bucket/log.parquet"}, "must be a local path"),
        ({"location": "{folder}/**.csv"}, "no usable path or pattern"),
        ({"location": "{folder}/a" + "b" * 300}, "no usable path or pattern"),
        ({"location": "{folder}/a[[]1].csv"}, "which DuckDB takes for a pattern"),
        ({"location": "{folder}/blank.csv"}, "begins with a blank line"),
        ({"location": "{folder}/utf16.csv"}, "is UTF-16; save it as UTF-8"),
        ({"columns": {"model": "modle"}}, "names a column that the log lacks; it has: account_id"),
        ({"columns": {}}, "lacks the required column `model`; name it under `columns: {model: …}`"),
    ],
)
def test_what_only_the_log_can_tell_has_its_line(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    record = request(1) | {"model_name": "gpt-4o"}
    del record["model"]
    write_csv(tmp_path / "log.csv", [record])
    (tmp_path / "log.txt").touch()
    (tmp_path / "twice.csv").write_text("model,Model\n")
    (tmp_path / "blank.csv").write_text("\nmodel\n")
    (tmp_path / "utf16.csv").write_text("model\n", encoding="utf-16")
    (tmp_path / "a[1].csv").touch()
    entry = LOG | {"location": str(tmp_path / "log.csv"), "columns": {"model": "model_name"}}
    for key, value in change.items():
        entry[key] = value.format(folder=tmp_path) if isinstance(value, str) else value
    with pytest.raises(UsageError) as raised:
        prepare([entry], tmp_path / "landing", "salt", [""], {})
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("tags", None, "gateway `log`, `tags:`: location `{path}` matches no file"),
        (
            "tags",
            "request_id,tag\n",
            "gateway `log`, `tags:`: the input lacks the required column ",
        ),
        ("tags", "\ntag\n", "gateway `log`, `tags:`: file `{path}` begins with a blank line"),
        ("accounts", "account,country_code\n", "lacks the required column `account_id`; it has: "),
    ],
)
def test_what_is_wrong_beside_a_log_has_its_line(
    tmp_path: Path, key: str, text: str | None, message: str
) -> None:
    path = tmp_path / "beside.csv"
    if text is not None:
        path.write_text(text)
    side = {"location": str(path)} | ({"sampling_rate": 0.5} if key == "tags" else {})
    log = write_csv(tmp_path / "log.csv", [request(1)])
    with pytest.raises(UsageError) as raised:
        prepare([LOG | {"location": str(log), key: side}], tmp_path / "landing", "salt", [""], {})
    assert message.format(path=path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_wrong_log_stops_the_command_with_its_line(warehouse: Warehouse, tmp_path: Path) -> None:
    message = warehouse.refuse(table_log(tmp_path / "none.csv"))
    assert "gateway `log`: location" in message and "matches no file" in message


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("duplicate_horizon_days", "seven"),
        ("reporting_time_zone", "Mars/Olympus"),
        ("max_usd_per_million_tokens", -1),
        ("min_tag_confidence", 1.5),
    ],
)
def test_a_variable_out_of_range_is_refused(
    warehouse: Warehouse, tmp_path: Path, variable: str, value: object
) -> None:
    settings = table_log(write_csv(tmp_path / "log.csv", [request(1)])) | {variable: value}
    message = warehouse.refuse(settings)
    assert f"variable `{variable}` is {value}; it needs" in message


def test_a_warehouse_that_is_open_elsewhere_is_said_so(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    settings = table_log(write_csv(tmp_path / "log.csv", [request(1)]))
    warehouse.build(settings)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; held = duckdb.connect({str(warehouse.path)!r}); print(1, flush=True); "
            "input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        assert "another process has the warehouse open" in warehouse.refuse(settings)
    finally:
        holder.communicate(b"\n")


def test_the_settings_file_is_what_plain_dbt_takes_as_variables(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    settings = table_log(write_csv(tmp_path / "log.csv", [request(1)]))
    warehouse.build(settings)
    before = warehouse.dump()
    warehouse.path.unlink()
    done = warehouse.command(
        *("-m", "dbt.cli.main", "build", "--vars", warehouse.settings.read_text())
    )
    assert done.returncode == 0, done.stdout
    assert warehouse.dump() == before
    settings["gateways"][0]["colums"] = {}
    warehouse.settings.write_text(str(settings))
    done = warehouse.command(
        *("-m", "dbt.cli.main", "build", "--vars", warehouse.settings.read_text())
    )
    assert done.returncode != 0
    assert "unknown key `colums` (did you mean `columns`?)" in done.stdout
    done = warehouse.command(*("-m", "dbt.cli.main", "build", "--vars", "{topn: 3}"))
    assert done.returncode != 0
    assert "unknown variable `topn`" in done.stdout
