"""Contracts: what may stand in one, how they are compared, and what a check says and writes."""

import json
import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import contract_breaks
import duckdb
import pytest
import yaml
from conftest import ROOT, Warehouse, table_log

from llm_usage.cli import main
from llm_usage.contracts.checking import CheckResult, check, check_tables
from llm_usage.contracts.engines import DuckDBTables
from llm_usage.contracts.odcs import (
    CONTRACTS_FOLDER,
    SUFFIX,
    Contract,
    read_contract,
    read_contracts,
)
from llm_usage.contracts.released import compare_with_released, release
from llm_usage.contracts.rules import KINDS
from llm_usage.contracts.shape import compare_with_dbt, dbt_shapes
from llm_usage.errors import UsageError

Edit = Callable[[dict[str, Any]], None]
TIMES_AND_NUMBERS = ("integer", "number", "date", "timestamp")
FEW = ("author_totals", "request_log")
HARMFUL = "<script>alert('x')</script>=cmd|' /C calc'!A0"


@pytest.fixture
def whole_folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONTRACTS_FOLDER, tmp_path / "contracts"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two contracts as they were released: to read all of them takes longer."""
    few = tmp_path / "few"
    few.mkdir()
    copy_few(few)
    return few


def copy_few(folder: Path) -> None:
    released = json.loads((CONTRACTS_FOLDER / "released.json").read_text(encoding="utf-8"))
    for name in FEW:
        shutil.copy(CONTRACTS_FOLDER / f"{name}{SUFFIX}", folder)
    kept = {name: released[name] for name in FEW}
    (folder / "released.json").write_text(json.dumps(kept), encoding="utf-8")


def edit(folder: Path, name: str, change: Edit) -> Path:
    path = folder / f"{name}{SUFFIX}"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def table(document: dict[str, Any]) -> dict[str, Any]:
    return document["schema"][0]


def column(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(given for given in table(document)["properties"] if given["name"] == name)


def rule(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(given for given in table(document)["quality"] if given["name"] == name)


def of(name: str) -> Contract:
    return read_contract(CONTRACTS_FOLDER / f"{name}{SUFFIX}")


# ---- What a contract holds -----------------------------------------------------------------------


def test_every_mart_and_the_log_have_a_contract_that_agrees_with_dbt() -> None:
    assert {contract.name for contract in read_contracts()} == set(dbt_shapes())
    assert compare_with_dbt() == []


@pytest.mark.parametrize("contract", read_contracts(), ids=lambda contract: contract.name)
def test_a_contract_is_complete(contract: Contract) -> None:
    assert contract.document["team"]["name"]
    assert contract.table["dataGranularityDescription"].startswith("One row per ")
    for given in contract.columns:
        assert given.description, given.name
        assert given.logical_type
        # Of a model's score the unit is the row's own; all other figures have one.
        assert given.unit or given.logical_type not in TIMES_AND_NUMBERS, given.name
    assert {rule.kind for rule in contract.rules} <= KINDS.keys()


def test_the_rules_of_the_contracts_are_of_every_kind() -> None:
    kinds = {rule.kind for contract in read_contracts() for rule in contract.rules}
    assert kinds == KINDS.keys()


UNKNOWN: dict[str, Edit] = {
    "metric": lambda document: rule(document, "there are rows").update(metric="freshRows"),
    "operator": lambda document: rule(document, "there are rows").update(mustNotBe=0),
    "type": lambda document: table(document)["quality"].append(
        {"name": "prose", "type": "text", "description": "All is well.", "severity": "critical"}
    ),
    "engine": lambda document: table(document)["quality"].append(
        {
            "name": "theirs",
            "type": "custom",
            "engine": "soda",
            "implementation": "x",
            "severity": "critical",
        }
    ),
    "metric of a table on a column": lambda document: column(document, "tokens").update(
        quality=[{"name": "n", "metric": "rowCount", "mustBe": 1, "severity": "critical"}]
    ),
    "arguments": lambda document: column(document, "weights_class")["quality"][0].update(
        arguments={"pattern": "[a-z]+"}
    ),
    "option of a type": lambda document: column(document, "tokens").update(
        logicalTypeOptions={"multipleOf": 2}
    ),
    "severity": lambda document: rule(document, "there are rows").update(severity="info"),
    "no severity": lambda document: rule(document, "there are rows").pop("severity"),
    "no name": lambda document: rule(document, "there are rows").pop("name"),
    "name twice": lambda document: table(document)["quality"].append(
        dict(rule(document, "there are rows"))
    ),
    "query that counts nothing": lambda document: rule(document, "token_share sums to 1").update(
        query="select max(tokens) from ${object}"
    ),
    "query of another value": lambda document: rule(document, "token_share sums to 1").update(
        mustBe=1
    ),
    "service level": lambda document: document.update(
        slaProperties=[{"property": "retention", "value": 3, "unit": "y"}]
    ),
    "standard": lambda document: document.update(apiVersion="v2.2.2"),
    "version": lambda document: document.update(version="one"),
    "no key": lambda document: [
        given.pop("primaryKey", None) for given in table(document)["properties"]
    ],
    "no properties": lambda document: table(document).pop("properties"),
}


@pytest.mark.parametrize("change", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_nobody_holds_is_an_error(folder: Path, change: Edit) -> None:
    path = edit(folder, "author_totals", change)
    with pytest.raises(UsageError) as error:
        read_contract(path)
    assert str(error.value).startswith(path.name)
    assert "\n" not in str(error.value)


# ---- One truth -----------------------------------------------------------------------------------

DRIFT: dict[str, Edit] = {
    "meaning": lambda document: column(document, "tokens").update(description="Something else."),
    "type": lambda document: column(document, "tokens").update(physicalType="double"),
    "order": lambda document: table(document)["properties"].reverse(),
    "column gone": lambda document: table(document)["properties"].pop(),
    "grain": lambda document: table(document).update(description="One row per author."),
}


@pytest.mark.parametrize("change", DRIFT.values(), ids=DRIFT.keys())
def test_a_contract_that_differs_from_dbt_is_named_and_mended(
    whole_folder: Path, change: Edit
) -> None:
    path = edit(whole_folder, "author_totals", change)
    (line,) = compare_with_dbt(whole_folder)
    assert line.startswith(path.name)
    assert compare_with_dbt(whole_folder, write=True) == [f"{path.name}: written"]
    assert compare_with_dbt(whole_folder) == []


def test_a_mart_without_a_contract_and_a_contract_without_a_mart_are_named(
    whole_folder: Path,
) -> None:
    (whole_folder / f"author_totals{SUFFIX}").unlink()
    edit(whole_folder, "dim_tags", lambda document: None)
    renamed = whole_folder / f"no_mart{SUFFIX}"
    (whole_folder / f"dim_tags{SUFFIX}").rename(renamed)
    text = renamed.read_text().replace("name: dim_tags", "name: no_mart")
    renamed.write_text(text)
    assert compare_with_dbt(whole_folder) == [
        f"no_mart{SUFFIX}: dbt has no mart of that name",
        f"author_totals: the mart has no contract (author_totals{SUFFIX})",
        f"dim_tags: the mart has no contract (dim_tags{SUFFIX})",
    ]


# ---- Versions ------------------------------------------------------------------------------------


def test_the_contracts_say_by_their_versions_what_has_changed() -> None:
    assert compare_with_released() == []


WEAKER: dict[str, Edit] = {
    "column gone": lambda document: table(document)["properties"].remove(
        column(document, "spend_usd")
    ),
    "type": lambda document: column(document, "tokens").update(physicalType="double"),
    "unit": lambda document: column(document, "spend_usd")["customProperties"][0].update(
        value="cents"
    ),
    "may be null": lambda document: column(document, "is_suppressed").update(required=False),
    "key": lambda document: column(document, "weights_class").update(primaryKey=False),
    "value more": lambda document: column(document, "weights_class")["quality"][0]["arguments"][
        "validValues"
    ].append("weights"),
    "wider": lambda document: column(document, "token_share")["logicalTypeOptions"].update(
        maximum=2
    ),
    "no bound": lambda document: column(document, "token_share")["logicalTypeOptions"].pop(
        "maximum"
    ),
    "rule gone": lambda document: table(document)["quality"].remove(
        rule(document, "token_share sums to 1")
    ),
    "another query": lambda document: rule(document, "token_share sums to 1").update(
        query="select count(*) from ${object} where tokens < 0"
    ),
    "only a warning": lambda document: rule(document, "token_share sums to 1").update(
        severity="warning"
    ),
    "fewer rows": lambda document: rule(document, "there are rows").update(
        mustBeGreaterOrEqualTo=0
    ),
    "retired": lambda document: document.update(status="retired"),
}


@pytest.mark.parametrize("change", WEAKER.values(), ids=WEAKER.keys())
def test_less_promised_needs_a_major_version(folder: Path, change: Edit) -> None:
    edit(folder, "author_totals", change)
    (line,) = compare_with_released(folder)
    assert line.startswith("author_totals 1.0.0: breaks what 1.0.0 promised")
    edit(folder, "author_totals", lambda document: document.update(version="1.1.0"))
    (line,) = compare_with_released(folder)
    assert "it needs version 2.0.0" in line
    edit(folder, "author_totals", lambda document: document.update(version="2.0.0"))
    assert compare_with_released(folder) == []


STRONGER: dict[str, Edit] = {
    "never null": lambda document: column(document, "tokens").update(required=True),
    "narrower": lambda document: column(document, "tokens")["logicalTypeOptions"].update(minimum=1),
    "value less": lambda document: column(document, "weights_class")["quality"][0]["arguments"][
        "validValues"
    ].remove("unknown"),
    "column more": lambda document: table(document)["properties"].append(
        {
            "name": "more",
            "logicalType": "integer",
            "physicalType": "bigint",
            "description": "More.",
            "required": False,
        }
    ),
}


@pytest.mark.parametrize("change", STRONGER.values(), ids=STRONGER.keys())
def test_more_promised_needs_a_minor_version(folder: Path, change: Edit) -> None:
    edit(folder, "author_totals", change)
    (line,) = compare_with_released(folder)
    assert line.endswith("it needs version 1.1.0")
    edit(folder, "author_totals", lambda document: document.update(version="1.1.0"))
    assert compare_with_released(folder) == []


def test_words_alone_need_no_version(folder: Path) -> None:
    edit(folder, "author_totals", lambda document: table(document).update(description="One row."))
    assert compare_with_released(folder) == []


def test_what_goes_in_breaks_by_asking_for_more(folder: Path) -> None:
    edit(
        folder,
        "request_log",
        lambda document: column(document, "provider").update(required=True),
    )
    (line,) = compare_with_released(folder)
    assert "column provider is required" in line
    copy_few(folder)
    edit(
        folder,
        "request_log",
        lambda document: column(document, "billed_usd").pop("logicalTypeOptions"),
    )
    (line,) = compare_with_released(folder)
    assert line.endswith("it needs version 1.1.0")


def test_a_released_contract_cannot_vanish_nor_be_released_unnamed(folder: Path) -> None:
    (folder / f"author_totals{SUFFIX}").unlink()
    (line,) = compare_with_released(folder)
    assert "author_totals" in line
    copy_few(folder)
    before = (folder / "released.json").read_text()
    edit(folder, "author_totals", WEAKER["may be null"])
    with pytest.raises(UsageError):
        release(folder)
    assert (folder / "released.json").read_text() == before
    edit(folder, "author_totals", lambda document: document.update(version="2.0.0"))
    release(folder)
    assert json.loads((folder / "released.json").read_text())["author_totals"]["version"] == "2.0.0"
    edit(folder, "author_totals", lambda document: document.update(version="1.9.0"))
    assert compare_with_released(folder) != []


def test_the_command_says_where_contracts_differ(
    whole_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["contracts"]) == 0
    edit(whole_folder, "author_totals", DRIFT["meaning"])
    assert main(["contracts", "--contracts", str(whole_folder)]) == 1
    assert "(tokens); run `llm-usage contracts --write`" in capsys.readouterr().out
    assert main(["contracts", "--contracts", str(whole_folder), "--write"]) == 0


# ---- A check -------------------------------------------------------------------------------------


def checked(
    contract: Contract, tmp_path: Path, *statements: str, docs: Path | None = None
) -> CheckResult:
    with contract_breaks.open_in_memory() as connection:
        contract_breaks.load(connection, contract)
        for statement in statements:
            connection.execute(statement)
        return check_tables([contract], DuckDBTables(connection, tmp_path), docs)


def test_a_broken_rule_is_told_with_its_first_keys(tmp_path: Path) -> None:
    result = checked(
        of("author_totals"),
        tmp_path,
        "update author_totals set weights_class = 'ajar' where rowid in (0, 3)",
    )
    assert not result.is_kept
    report = result.report()
    assert report.startswith("FAIL  author_totals 1.0.0, ")
    assert re.search(
        r"critical `weights_class is one of those allowed`: 2 rows; "
        r"first: population='own', author='\S+', weights_class='ajar' \| population='own'",
        report,
    )
    assert "broken: 1 critical, 0 warning" in report


def test_a_warning_is_told_and_does_not_fail(tmp_path: Path) -> None:
    result = checked(of("tag_composition"), tmp_path, "delete from tag_composition")
    assert result.is_kept
    assert result.report().startswith("warn  tag_composition 1.0.0, ")
    assert "warning `there are rows`: the table has 0 rows" in result.report()


def test_a_rule_that_cannot_be_held_fails(tmp_path: Path) -> None:
    result = checked(
        of("author_totals"), tmp_path, "alter table author_totals drop column spend_share"
    )
    broken = {failure.rule: failure for failure in result.contracts[0].failures}
    assert broken["columns"].detail == "missing: spend_share"
    assert "could not be held" in broken["spend_share is in range"].line()
    assert not result.is_kept


def test_a_missing_table_fails(tmp_path: Path) -> None:
    with contract_breaks.open_in_memory() as connection:
        result = check_tables([of("author_totals")], DuckDBTables(connection, tmp_path))
    assert [failure.detail for failure in result.contracts[0].failures] == [
        "there is no such table"
    ]
    assert not result.is_kept


def test_a_retired_contract_is_not_held(folder: Path, tmp_path: Path) -> None:
    path = edit(folder, "author_totals", WEAKER["retired"])
    with contract_breaks.open_in_memory() as connection:
        result = check_tables([read_contract(path)], DuckDBTables(connection, tmp_path))
    assert result.contracts == ()


def test_text_of_the_data_reaches_neither_the_docs_nor_the_terminal_alive(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    harmful = HARMFUL.replace("'", "''")
    result = checked(
        of("author_totals"),
        tmp_path,
        f"update author_totals set author = '{harmful}' || chr(27) || '[2J' where rowid = 0",
        f"update author_totals set weights_class = '{harmful}' where rowid = 0",
        docs=docs,
    )
    assert result.docs == docs
    pages = list(docs.rglob("*.html"))
    assert (docs / "index.html") in pages
    assert any("validations" in page.parts for page in pages)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "alert(" not in text and "calc" not in text
    assert "alert(" in result.report()
    assert "\x1b" not in result.report()


def test_a_check_asks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the check opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert checked(of("dim_tags"), tmp_path, docs=tmp_path / "docs").is_kept


def test_a_warehouse_that_is_not_there_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--warehouse", str(tmp_path / "none.duckdb")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["check", "--gateways", "my.yml"]) == 2


# ---- On what is built ----------------------------------------------------------------------------


def write_log(path: Path, wrong_rows: int = 0) -> None:
    duckdb.execute(
        f"""
        copy (
            select
                i % 50 || '-' || i as request_id,
                timestamp '2025-03-03 08:00:00' + interval (i * 31) minute as requested_at,
                ['openai/gpt-4o', 'deepseek/deepseek-chat', 'my <b>own</b> model'][1 + i % 3]
                    as model,
                if(i < {wrong_rows}, -1, 100 + i % 7) as prompt_tokens,
                20 as completion_tokens,
                'account ' || i % 9 as account_id,
                'DE' as country_code
            from range(1000) as numbers (i)
        ) to '{path}' (format parquet)
        """
    )


def test_a_built_warehouse_keeps_its_contracts_and_a_broken_one_does_not(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    log = tmp_path / "log.parquet"
    write_log(log)
    warehouse.build(table_log(log))
    docs = tmp_path / "docs"
    words = ("-m", "llm_usage", "check", "--warehouse", str(warehouse.path), "--docs", str(docs))
    done = warehouse.command(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    for contract in read_contracts():
        assert (f"  {contract.name} {contract.document['version']}, " in done.stdout) != (
            contract.is_input
        )
    # What the log has not is told, and is no failure.
    assert "warn  tag_composition" in done.stdout
    assert (docs / "index.html").exists()
    assert {path.name for path in tmp_path.glob("check-*")} == set()

    warehouse.execute("update author_totals set token_share = token_share / 2")
    done = warehouse.command(*words)
    assert done.returncode == 1
    assert "critical `token_share sums to 1`: 1 row; first: population='own'" in done.stdout
    # The function that a publishing step calls.
    result = check(warehouse.path)
    assert not result.is_kept and result.docs is None

    log.unlink()
    done = warehouse.command(*words)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and str(log) in done.stderr
    assert "fct_requests cannot be read: " in done.stderr and "build again" in done.stderr


def test_a_log_is_held_against_the_contract_of_what_goes_in(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    log = tmp_path / "log.parquet"

    def check_log() -> tuple[int, str]:
        warehouse.settings.write_text(yaml.safe_dump(table_log(log)), encoding="utf-8")
        done = warehouse.command(
            *("-m", "llm_usage", "check", "--input", "--gateways", str(warehouse.settings)),
            *("--docs", str(tmp_path / "docs")),
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout

    write_log(log, wrong_rows=5)
    status, told = check_log()
    assert status == 0, told
    assert "warning `prompt_tokens is in range`: 5 rows; first: gateway='log'" in told
    write_log(log, wrong_rows=11)
    status, told = check_log()
    assert status == 1
    assert "critical `at most 1 percent of a log is unfit`: 1 row; first: gateway='log'" in told
    assert not warehouse.path.exists()
    assert list((ROOT / "warehouse").glob("check-*")) == []
