"""The commands ``llm-usage check`` and ``llm-usage contracts``."""

import argparse
import os
import time
from pathlib import Path
from typing import Any

from llm_usage import PROJECT_ROOT
from llm_usage.contracts.odcs import CONTRACTS_FOLDER
from llm_usage.errors import UsageError

DOCS_FOLDER = PROJECT_ROOT / "target" / "data_docs"


def add_commands(commands: Any, default_warehouse: str, default_spark_warehouse: str) -> None:
    """Add both commands to the command line.

    :param commands: what ``ArgumentParser.add_subparsers`` returned.
    :param default_warehouse: the DuckDB file that is checked by default, within the project.
    :param default_spark_warehouse: the same for Spark, a folder.
    """
    check = commands.add_parser("check", help="hold the contracts against a warehouse, or a log")
    check.add_argument("--warehouse", help=f"what to check (default: {default_warehouse})")
    check.add_argument(
        "--target", default="duckdb", help="output of profiles.yml (default: duckdb)"
    )
    check.add_argument("--input", action="store_true", help="check the logs, before a build")
    check.add_argument("--gateways", type=Path, help="with --input: settings file")
    check.add_argument("--docs", type=Path, default=DOCS_FOLDER, help="folder for Data Docs")
    check.set_defaults(warehouses=(default_warehouse, default_spark_warehouse))
    contracts = commands.add_parser(
        "contracts", help="compare the contracts with dbt and with what was released"
    )
    contracts.add_argument(
        "--write", action="store_true", help="put dbt's columns and descriptions into them"
    )
    contracts.add_argument(
        "--release", action="store_true", help="write down what they promise now"
    )
    for command in (check, contracts):
        command.add_argument(
            "--contracts",
            type=Path,
            default=CONTRACTS_FOLDER,
            help="folder of the contracts (default: contracts)",
        )


def run_check(asked: argparse.Namespace) -> int:
    """Run ``llm-usage check``.

    :returns: exit status: 0 every critical rule is kept, 1 one is broken.
    :raises UsageError: nothing could be checked; one line.
    """
    from llm_usage.contracts import checking

    started = time.monotonic()
    if asked.input:
        from llm_usage.contracts.incoming import check_input
        from llm_usage.formats import known_formats
        from llm_usage.settings import check_gateways, read_settings

        variables = {}
        if asked.gateways is not None:
            variables = read_settings(asked.gateways)
            check_gateways(variables["gateways"], known_formats())
        folder, docs = asked.contracts.resolve(), asked.docs.resolve()
        os.chdir(PROJECT_ROOT)
        result = check_input(variables, folder, docs)
    elif asked.gateways is not None:
        raise UsageError("check: --gateways goes with --input")
    elif asked.target.startswith("spark"):
        from llm_usage.contracts.engines import open_spark

        warehouse = _warehouse(asked.warehouse, asked.warehouses[1])
        with open_spark(asked.target, warehouse) as tables:
            result = checking.check_tables(
                checking.marts_contracts(asked.contracts), tables, asked.docs
            )
    else:
        warehouse = _warehouse(asked.warehouse, asked.warehouses[0])
        result = checking.check(warehouse, asked.contracts, asked.docs)
    print(result.report())
    print(f"checked in {time.monotonic() - started:.0f} s")
    return 0 if result.is_kept else 1


def run_contracts(asked: argparse.Namespace) -> int:
    """Run ``llm-usage contracts``.

    :returns: exit status: 0 they agree, 1 one differs.
    :raises UsageError: a contract cannot be read; one line.
    """
    from llm_usage.contracts.odcs import read_contracts
    from llm_usage.contracts.released import compare_with_released, release
    from llm_usage.contracts.shape import compare_with_dbt

    lines = compare_with_dbt(asked.contracts, write=asked.write)
    for line in lines:
        print(line)
    if asked.write:
        lines = [line for line in lines if not line.endswith(": written")]
    if asked.release and not lines:
        release(asked.contracts)
    changed = compare_with_released(asked.contracts)
    for line in changed:
        print(line)
    contracts = read_contracts(asked.contracts)
    rules = sum(len(contract.rules) for contract in contracts)
    print(f"contracts: {len(contracts)} with {rules} rules")
    return 1 if lines or changed else 0


def _warehouse(asked: str | None, default: str) -> Path:
    given = asked or os.environ.get("LLM_USAGE_WAREHOUSE")
    return Path(os.path.abspath(given or PROJECT_ROOT / default))
