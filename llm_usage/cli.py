"""The command line: ``llm-usage build``, ``check``, ``demo`` and what else there is."""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm_usage import PROJECT_ROOT
from llm_usage.contracts.commands import DOCS_FOLDER, run_check, run_contracts
from llm_usage.contracts.commands import add_commands as add_contract_commands
from llm_usage.errors import BuildFailed, UsageError
from llm_usage.lock import lock_warehouse

if TYPE_CHECKING:
    from llm_usage.publish import Mart, Place

DEFAULT_WAREHOUSE = "warehouse/llm_usage.duckdb"
DEFAULT_SPARK_WAREHOUSE = "warehouse/spark"
DEFAULT_TARGET = "duckdb"
DEMO_FOLDER = "data/demo"
DEMO_REQUESTS = 300_000
"""Enough for every mart, few enough that `make build` takes minutes on a small machine."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    :param arguments: the words after the program's name; the process's own by default.
    :returns: exit status: 0 done, 1 the build or the check failed, 2 a wrong setting or argument.
    """
    parser = argparse.ArgumentParser(
        prog="llm-usage", description="Request logs of LLM gateways, as tested tables."
    )
    commands = parser.add_subparsers(dest="command", required=True)

    build = commands.add_parser("build", help="read the logs and build every table")
    prepare = commands.add_parser(
        "prepare", help="only read the logs, for plain dbt on Spark: docs/spark.md"
    )
    for command in (build, prepare):
        command.add_argument("--gateways", type=Path, help="settings file (default: the demo)")
        command.add_argument(
            "--warehouse",
            help=f"DuckDB file to build (default: {DEFAULT_WAREHOUSE}), or Spark's folder "
            f"(default: {DEFAULT_SPARK_WAREHOUSE})",
        )
        command.add_argument(
            "--target",
            default=DEFAULT_TARGET,
            help=f"output of profiles.yml (default: {DEFAULT_TARGET}); those of Spark begin so",
        )
    build.add_argument("--full-refresh", action="store_true", help="build every day again")
    build.add_argument(
        "--without-tests",
        action="store_true",
        help="leave the data tests out, and so publish nothing",
    )

    demo = commands.add_parser("demo", help="write the demo: a synthetic log, the study in small")
    demo.add_argument(
        "--requests", type=int, default=DEMO_REQUESTS, help=f"default: {DEMO_REQUESTS:,}"
    )
    demo.add_argument("--seed", type=int, default=7)
    demo.add_argument("--folder", type=Path, default=PROJECT_ROOT / DEMO_FOLDER)
    demo.add_argument(
        "--sampling-rate",
        type=float,
        help="part of the requests that are classified; name it in the settings too",
    )

    add_contract_commands(commands, DEFAULT_WAREHOUSE, DEFAULT_SPARK_WAREHOUSE)

    registry = commands.add_parser("registry", help="the model registry's seeds")
    registry_commands = registry.add_subparsers(dest="registry_command", required=True)
    refresh = registry_commands.add_parser(
        "refresh", help="rebuild the seeds from downloaded public registries"
    )
    refresh.add_argument("--from", dest="source", type=Path, required=True)

    asked = parser.parse_args(arguments)
    try:
        if asked.command in ("build", "prepare"):
            return _build(asked)
        if asked.command == "check":
            return run_check(asked)
        if asked.command == "contracts":
            return run_contracts(asked)
        if asked.command == "demo":
            return _demo(asked.folder, asked.requests, asked.seed, asked.sampling_rate)
        return _refresh(asked.source)
    except (UsageError, BuildFailed) as error:
        print(f"llm-usage: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except BrokenPipeError:
        return 1


def _demo(folder: Path, requests: int, seed: int, sampling_rate: float | None = None) -> int:
    from tqdm import tqdm

    from llm_usage.demo import SAMPLING_RATE, write_demo

    started = time.monotonic()
    try:
        with tqdm(
            total=requests, unit=" requests", unit_scale=True, disable=None, leave=False
        ) as bar:
            rate = SAMPLING_RATE if sampling_rate is None else sampling_rate
            written = write_demo(folder, requests, seed, bar.update, rate)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {error.strerror}") from None
    print(
        f"demo (synthetic): {written.records:,} records, {written.tags:,} tags and "
        f"{written.accounts:,} accounts in {_shown(folder)}, {time.monotonic() - started:.0f} s"
    )
    return 0


def _refresh(source: Path) -> int:
    from llm_usage.registry import refresh

    for line in refresh(source.resolve(), PROJECT_ROOT / "seeds" / "registry"):
        print(line)
    return 0


def _build(asked: argparse.Namespace) -> int:
    from llm_usage.formats import known_formats
    from llm_usage.publish import Place
    from llm_usage.settings import check_gateways, read_settings

    variables = {}
    if asked.gateways is not None:
        variables = read_settings(asked.gateways)
        # Before dbt starts: it would name an unknown format as a missing model.
        check_gateways(variables["gateways"], known_formats())
    is_spark = asked.target.startswith("spark")
    if asked.command == "prepare" and not is_spark:
        raise UsageError("prepare: DuckDB reads the logs while it builds; name a --target of Spark")
    default = DEFAULT_SPARK_WAREHOUSE if is_spark else DEFAULT_WAREHOUSE
    warehouse = asked.warehouse or os.environ.get("LLM_USAGE_WAREHOUSE")
    # Paths on the command line are the caller's; those in settings are relative to the project.
    warehouse = os.path.abspath(warehouse or PROJECT_ROOT / default)
    os.environ["LLM_USAGE_WAREHOUSE"] = warehouse
    os.chdir(PROJECT_ROOT)
    # Before anything is written: the demo, too, is one build's at a time.
    lock_warehouse(Path(warehouse))
    if asked.gateways is None and not any(Path(DEMO_FOLDER).glob("accounts/*.parquet")):
        _demo(PROJECT_ROOT / DEMO_FOLDER, DEMO_REQUESTS, seed=7)
    if asked.command == "prepare":
        from llm_usage.spark import run_spark_prepare

        run_spark_prepare(asked.target, Path(warehouse), variables)
        return 0
    place = Place.of(Path(warehouse))
    place.check()
    try:
        return _build_and_publish(asked, Path(warehouse), variables, place)
    except BuildFailed as failure:
        raise BuildFailed(f"{failure}\n{place.as_it_was}") from None


def _build_and_publish(
    asked: argparse.Namespace, warehouse: Path, variables: dict[str, Any], place: "Place"
) -> int:
    from llm_usage import unchanged
    from llm_usage.build import publish_marts, run_build, summarise

    started = time.monotonic()
    fingerprint = None
    data_tests = not asked.without_tests
    if asked.target.startswith("spark"):
        from llm_usage.spark import run_spark_build

        built = run_spark_build(asked.target, warehouse, variables, asked.full_refresh, data_tests)
    else:
        options = ["--vars", json.dumps(variables, default=str)] if variables else []
        options += ["--target", asked.target]
        fingerprint = unchanged.made_from(options)
        if (
            not asked.full_refresh
            and (place.is_published or not data_tests)
            and unchanged.is_complete(warehouse, fingerprint, data_tests)
        ):
            print(f"{summarise(warehouse)}\nnothing new since the last build: all stays as it is")
            return 0
        if asked.full_refresh:
            options.append("--full-refresh")
        built = run_build(options, warehouse, data_tests)
    print(built.summary)
    print(f"built in {time.monotonic() - started:.0f} s: {_shown(warehouse)}")
    if not data_tests:
        unchanged.note(warehouse, fingerprint, data_tests)
        print("not published: the data tests were left out")
        return 0
    _audit(asked.target, warehouse, built.marts)
    if not built.marts:
        print("not published: the marts are the cluster's (docs/spark.md)")
        return 0
    started = time.monotonic()
    published = publish_marts(warehouse, built.marts)
    print(
        f"published in {time.monotonic() - started:.0f} s: {_shown(place.database)} and "
        f"{_shown(place.parquet)}/, {published}"
    )
    # Last: a build whose audit or publishing failed is done again.
    unchanged.note(warehouse, fingerprint, data_tests)
    return 0


def _audit(target: str, warehouse: Path, marts: Sequence["Mart"]) -> None:
    """Hold the contracts against what a build has made.

    :raises BuildFailed: a critical rule is broken; the report is printed.
    """
    from llm_usage.contracts import checking
    from llm_usage.contracts.engines import open_marts, open_spark
    from llm_usage.inputs import landing_folder

    started = time.monotonic()
    if not target.startswith("spark"):
        result = checking.check(warehouse, docs=DOCS_FOLDER, latest_only=True)
    elif marts:
        # Hundreds of questions to small tables: Spark takes ten times as long to answer them.
        contracts = [contract for contract in checking.marts_contracts() if not contract.is_view]
        with open_marts(marts, landing_folder(str(warehouse))) as tables:
            result = checking.check_tables(contracts, tables, DOCS_FOLDER)
    elif target == "spark_thrift":
        print("contracts not held: a Thrift server gives no data frames (docs/contracts.md)")
        return
    else:
        with open_spark(target, warehouse) as tables:
            result = checking.check_tables(checking.marts_contracts(), tables, DOCS_FOLDER)
    print(result.report())
    print(f"contracts held in {time.monotonic() - started:.0f} s")
    if not result.is_kept:
        names = ", ".join(contract.name for contract in result.contracts if not contract.is_kept)
        raise BuildFailed(f"contracts are broken: {names}")


def _shown(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
