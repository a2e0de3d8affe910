"""One check: every contract held against the tables of an engine, in one checkpoint."""

import contextlib
import logging
import os
import shutil
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llm_usage.contracts.engines import Tables, open_warehouse
from llm_usage.contracts.odcs import CONTRACTS_FOLDER, Contract, Rule, read_contracts
from llm_usage.contracts.rules import expectation, offenders_query

_FIRST_OFFENDERS = 3
_LONGEST_VALUE = 60
_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
"""No value of the data enters a result, and so none enters Data Docs: no text there can do harm,
and no key of a person can be read there."""


@dataclass(frozen=True)
class Failure:
    """A broken rule: how many rows break it where that can be said, and the first of them."""

    rule: str
    severity: str
    detail: str
    rows: int | None = None
    offenders: tuple[str, ...] = ()

    def line(self) -> str:
        """The failure in words."""
        counted = "" if self.rows is None else f": {self.rows:,} row{'s' * (self.rows != 1)}"
        detail = f": {self.detail}" if self.detail else ""
        first = f"; first: {' | '.join(self.offenders)}" if self.offenders else ""
        return f"{self.severity} `{self.rule}`{counted}{detail}{first}"


@dataclass(frozen=True)
class ContractResult:
    """What came of one contract."""

    name: str
    version: str
    rules: int
    failures: tuple[Failure, ...]

    @property
    def is_kept(self) -> bool:
        """Whether no critical rule is broken."""
        return all(failure.severity != "critical" for failure in self.failures)

    def line(self) -> str:
        """One line, and beneath it one for each rule that is broken."""
        word = "ok  " if not self.failures else "warn" if self.is_kept else "FAIL"
        head = f"{word}  {self.name} {self.version}, {self.rules} rules"
        return "\n".join([head, *(f"      {failure.line()}" for failure in self.failures)])


@dataclass(frozen=True)
class CheckResult:
    """What came of all contracts, and where the Data Docs stand."""

    contracts: tuple[ContractResult, ...]
    docs: Path | None = field(default=None)

    @property
    def is_kept(self) -> bool:
        """Whether every contract is kept: no critical rule broken."""
        return all(contract.is_kept for contract in self.contracts)

    def report(self) -> str:
        """A line per contract, what failed, and a sum."""
        lines = [contract.line() for contract in self.contracts]
        broken = [failure for contract in self.contracts for failure in contract.failures]
        rules = sum(contract.rules for contract in self.contracts)
        critical = sum(failure.severity == "critical" for failure in broken)
        lines.append(
            f"contracts: {len(self.contracts)} with {rules} rules; broken: {critical} critical, "
            f"{len(broken) - critical} warning"
        )
        if self.docs is not None:
            lines.append(f"Data Docs: {self.docs / 'index.html'}")
        return "\n".join(lines)


def check(
    warehouse: Path,
    folder: Path = CONTRACTS_FOLDER,
    docs: Path | None = None,
    latest_only: bool = False,
) -> CheckResult:
    """Hold the contracts of all marts against a DuckDB warehouse.

    :param warehouse: the DuckDB file; it is read only.
    :param folder: where the contracts stand.
    :param docs: folder that the Data Docs are written to, anew; none without it.
    :param latest_only: read of views over the logs only the latest days that were built.
    :returns: what came of each contract; nothing is raised for a broken one.
    :raises UsageError: the warehouse or a contract cannot be read; one line.
    """
    contracts = marts_contracts(folder)
    with open_warehouse(warehouse, latest_only) as tables:
        return check_tables(contracts, tables, docs)


def marts_contracts(folder: Path = CONTRACTS_FOLDER) -> list[Contract]:
    """The contracts of what comes out.

    :raises UsageError: a contract cannot be read; one line.
    """
    return [contract for contract in read_contracts(folder) if not contract.is_input]


def check_tables(
    contracts: Sequence[Contract], tables: Tables, docs: Path | None = None
) -> CheckResult:
    """Hold contracts against tables of any engine.

    :param contracts: the contracts; retired ones are left out.
    :param tables: the engine's tables.
    :param docs: folder that the Data Docs are written to, anew; none without it.
    :returns: what came of each contract.
    """
    held = [contract for contract in contracts if not contract.is_retired]
    failures: dict[str, list[Failure]] = {contract.name: [] for contract in held}
    present = []
    for contract in held:
        types = tables.types(contract.name)
        if types is None:
            failures[contract.name].append(Failure("types", "critical", "there is no such table"))
            continue
        present.append(contract)
        wrong = _wrong_types(contract, types)
        if wrong:
            failures[contract.name].append(Failure("types", "critical", wrong))
        if contract.is_view:
            tables.read_once(contract.name, list(types))
    if present:
        for contract, rule, result in _run(present, tables, docs):
            if not result.success:
                failures[contract.name].append(_failure(contract, rule, result, tables))
    return CheckResult(
        tuple(
            ContractResult(
                contract.name,
                str(contract.document["version"]),
                len(contract.rules) + (not contract.is_input),
                tuple(failures[contract.name]),
            )
            for contract in held
        ),
        docs if present else None,
    )


def _wrong_types(contract: Contract, types: Any) -> str:
    # The log that is handed in may write a number as text: it is read, then held.
    promised = {
        column.name: column.physical_type for column in contract.columns if column.physical_type
    }
    return "; ".join(
        f"{name} is {types[name]}, promised is {kind}"
        for name, kind in promised.items()
        if name in types and types[name] != kind
    )


def _run(
    contracts: Sequence[Contract], tables: Tables, docs: Path | None
) -> Iterator[tuple[Contract, Rule, Any]]:
    """Each rule's result, by Great Expectations."""
    with _quiet():
        import great_expectations as gx

        context = _context(gx, docs)
        definitions = []
        for contract in contracts:
            suite = context.suites.add(
                gx.ExpectationSuite(
                    name=contract.name,
                    expectations=[expectation(rule, tables.relation) for rule in contract.rules],
                )
            )
            definitions.append(
                context.validation_definitions.add(
                    gx.ValidationDefinition(
                        name=contract.name,
                        data=tables.batch_definition(context, contract.name),
                        suite=suite,
                    )
                )
            )
        results = _run_checkpoints(context, gx, definitions, tables)
        if docs is not None:
            context.build_data_docs()
    by_name = {contract.name: contract for contract in contracts}
    for result in results:
        contract = by_name[result.suite_name]
        by_rule = {found.expectation_config.meta["rule"]: found for found in result.results}
        # By the contract's own list: a rule that nobody held would be missed here.
        for rule in contract.rules:
            yield contract, rule, by_rule[rule.name]


def _run_checkpoints(context: Any, gx: Any, definitions: list[Any], tables: Tables) -> list[Any]:
    """One checkpoint for all, or, where data frames must be handed in, one for each."""
    parameters = {
        definition.name: tables.batch_parameters(definition.name) for definition in definitions
    }
    together = all(given is None for given in parameters.values())
    groups = [definitions] if together else [[definition] for definition in definitions]
    results = []
    for group in groups:
        checkpoint = context.checkpoints.add(
            gx.Checkpoint(
                name="contracts" if together else group[0].name,
                validation_definitions=group,
                result_format=_COUNTS_ONLY,
            )
        )
        run = checkpoint.run(batch_parameters=parameters[group[0].name])
        results += run.run_results.values()
    return results


def _context(gx: Any, docs: Path | None) -> Any:
    """A context that keeps nothing but the Data Docs, and tells nobody."""
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    sites = {}
    if docs is not None:
        shutil.rmtree(docs, ignore_errors=True)
        sites["contracts"] = {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(docs.resolve()),
            },
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        }
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        data_docs_sites=sites,
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _failure(contract: Contract, rule: Rule, result: Any, tables: Tables) -> Failure:
    raised = _exception(result)
    if raised:
        return Failure(rule.name, rule.severity, f"could not be held: {raised}")
    found = result.result
    rows = found.get("unexpected_count")
    if rule.kind in ("unique", "sql", "freshness"):
        rows = found["observed_value"]
    detail = ""
    if rule.kind == "row_count":
        detail = f"the table has {found['observed_value']:,} rows"
    if rule.kind == "columns":
        promised = set(rule.arguments["columns"])
        built = set(found["observed_value"])
        missing, unknown = sorted(promised - built), sorted(built - promised)
        parts = [f"missing: {', '.join(missing)}"] if missing else []
        parts += [f"not promised: {', '.join(unknown)}"] if unknown else []
        detail = "; ".join(parts)
    query = offenders_query(contract, rule, tables.relation, tables.relation(contract.name))
    offenders: tuple[str, ...] = ()
    if query is not None:
        offenders = tuple(map(_shown, tables.rows(f"{query} limit {_FIRST_OFFENDERS}")))
    return Failure(rule.name, rule.severity, detail, rows, offenders)


def _exception(result: Any) -> str:
    """What kept a rule from being held, in one line."""
    info = result.exception_info or {}
    raised = [info] if "raised_exception" in info else list(info.values())
    for one in raised:
        if one.get("raised_exception"):
            return " ".join(str(one.get("exception_message")).split())[:300]
    return ""


def _shown(row: tuple[tuple[str, Any], ...]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in row)


def _value(value: Any) -> str:
    """A value of the data on one line of a terminal: signs that steer one are written out."""
    if not isinstance(value, str):
        return str(value)
    half = _LONGEST_VALUE // 2
    # Both ends: of a path the last part tells most.
    text = value if len(value) <= _LONGEST_VALUE else f"{value[:half]}…{value[-half:]}"
    return ascii(text) if not text.isprintable() else repr(text)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Great Expectations without its advice, its bars and its reports to its makers."""
    # Read when it is imported.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
