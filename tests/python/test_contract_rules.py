"""Every rule of every contract: rows that break it, and only it, are found.

A proof that the checks check, by the checkpoint that `llm-usage check` runs. That no other rule
fails is seen twice: by the query of each (contract_breaks), and by Great Expectations, which holds
the whole contract against one rule of each kind, and against the others all rules that read a
column of theirs: each rule held takes it ten milliseconds.
"""

import json
import re
from pathlib import Path

import contract_breaks
import duckdb
import pytest

from llm_usage.contracts.checking import ContractResult, check_tables
from llm_usage.contracts.engines import DuckDBTables
from llm_usage.contracts.odcs import Contract, Rule, read_contracts

CONTRACTS = [contract for contract in read_contracts() if not contract.is_input]
FIRST_OF_KIND = {
    (contract.name, kind): rule.name
    for contract in CONTRACTS
    for kind, rule in reversed([(rule.kind, rule) for rule in contract.rules])
}
RULES = [(contract, rule) for contract in CONTRACTS for rule in contract.rules]


def held(connection: duckdb.DuckDBPyConnection, contract: Contract, folder: Path) -> ContractResult:
    (result,) = check_tables([contract], DuckDBTables(connection, folder)).contracts
    return result


def words(contract: Contract, rule: Rule) -> set[str]:
    """The columns that a rule reads."""
    names = {column.name for column in contract.columns}
    return names & set(re.findall(r"\w+", json.dumps(dict(rule.arguments), default=str)))


def near(contract: Contract, rule: Rule) -> Contract:
    """The contract with the rules alone that read a column which this one reads."""
    few = Contract(contract.path, contract.document)
    # In the place where the property keeps what it has read from the document.
    few.__dict__["rules"] = tuple(
        other
        for other in contract.rules
        if other == rule or words(contract, other) & words(contract, rule)
    )
    return few


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_good_rows_keep_every_rule(contract: Contract, tmp_path: Path) -> None:
    with contract_breaks.open_in_memory() as connection:
        contract_breaks.load(connection, contract)
        assert held(connection, contract, tmp_path).failures == ()


@pytest.mark.parametrize(
    ("contract", "rule"), RULES, ids=[f"{contract.name}: {rule.name}" for contract, rule in RULES]
)
def test_rows_that_break_one_rule_break_that_rule(
    contract: Contract, rule: Rule, tmp_path: Path
) -> None:
    with contract_breaks.open_in_memory() as connection:
        contract_breaks.load(connection, contract)
        contract_breaks.break_alone(connection, contract, rule, tmp_path)
        is_first = FIRST_OF_KIND[contract.name, rule.kind] == rule.name
        asked = contract if is_first else near(contract, rule)
        (failure, *others) = held(connection, asked, tmp_path).failures
        assert others == []
        assert (failure.rule, failure.severity) == (rule.name, rule.severity)
        assert failure.rows != 0


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_another_type_is_found(contract: Contract, tmp_path: Path) -> None:
    others = {"bigint": "hugeint", "double": "decimal(38, 12)", "date": "timestamp"}
    changed = {
        column.name: others[str(column.physical_type)]
        for column in contract.columns
        if column.physical_type in others
    }
    # A table of texts: as bytes they are no longer on any list.
    name, kind = next(iter(changed.items()), (contract.key[0], "blob"))
    with contract_breaks.open_in_memory() as connection:
        contract_breaks.load(connection, contract)
        connection.execute(f"alter table {contract.name} alter {name} type {kind}")
        failures = held(connection, contract, tmp_path).failures
    assert failures[0].rule == "types"
    assert name in failures[0].detail
    assert len(failures) == 1 or not changed
