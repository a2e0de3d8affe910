"""The contracts on Spark's tables: the same rules by the same check, on good and broken rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import contract_breaks
import pytest

from llm_usage.contracts.checking import ContractResult, check_tables, marts_contracts
from llm_usage.contracts.engines import SparkTables
from llm_usage.contracts.odcs import Contract, Rule

# One of every kind, and the one view.
CHECKED = ("author_totals", "dim_tags", "fct_requests", "fct_usage_daily")
CONTRACTS = [contract for contract in marts_contracts() if contract.name in CHECKED]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.warehouse.dir", str(folder))
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()


def on_spark(
    session: Any, contract: Contract, folder: Path, rule: Rule | None = None
) -> ContractResult:
    """Good rows of a contract, one rule of them broken or none, checked on Spark."""
    session.sql("drop database if exists checked cascade")
    session.sql("create database checked")
    with contract_breaks.open_in_memory() as connection:
        contract_breaks.load(connection, contract)
        if rule is not None:
            contract_breaks.break_alone(connection, contract, rule, folder)
        for name in {contract.name, *contract.references}:
            file = folder / f"{name}.parquet"
            connection.execute(f"copy {name} to '{file}' (format parquet)")
            session.read.parquet(str(file)).write.saveAsTable(f"checked.{name}")
    (result,) = check_tables([contract], SparkTables(session, "checked")).contracts
    return result


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_good_rows_keep_every_rule(session: Any, contract: Contract, tmp_path: Path) -> None:
    assert on_spark(session, contract, tmp_path).failures == ()


KINDS = {rule.kind: (contract, rule) for contract in CONTRACTS for rule in contract.rules}


@pytest.mark.parametrize(("contract", "rule"), KINDS.values(), ids=KINDS.keys())
def test_a_broken_rule_of_each_kind_is_found_alone(
    session: Any, contract: Contract, rule: Rule, tmp_path: Path
) -> None:
    (failure,) = on_spark(session, contract, tmp_path, rule).failures
    assert (failure.rule, failure.severity) == (rule.name, rule.severity)
    assert failure.rows is None or failure.rows > 0
    assert failure.offenders or rule.kind in ("columns", "row_count")


def test_a_missing_table_fails(session: Any) -> None:
    result = check_tables(CONTRACTS[:1], SparkTables(session, "nowhere"))
    assert not result.is_kept
    assert result.report().startswith("FAIL  author_totals")
