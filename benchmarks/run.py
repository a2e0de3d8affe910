"""One benchmark run on one size of log: every phase a fresh process, its result checked.

``make bench N=10000000`` runs ``python -m benchmarks.run --requests 10000000``. README.md says
what each phase is; results stand in ``benchmarks/results/``.
"""

import argparse
import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import checks, limit, logs, measuring, nodes, report
from llm_usage import PROJECT_ROOT

RESULTS = PROJECT_ROOT / "benchmarks" / "results"
DEFAULT_FOLDER = "data/bench"
SALT = "benchmarks hash no real account"
"""Builds hash with a fixed salt, so that the notebooks can find an account by its hash."""

BUILD_PHASES = {
    "full": "full build from raw Parquet, data tests off",
    "full_tested": "full build from raw Parquet, data tests on",
    "nothing_new": "a build with nothing new, data tests off",
    "nothing_new_tested": "a build with nothing new, data tests on",
    "new_day": "a new day after that history, data tests off",
    "new_day_tested": "a new day after that history, data tests on",
    "late_file": "a late file that touches 3 old days, data tests off",
    "late_file_tested": "a late file that touches 3 old days, data tests on",
}
LIMIT_PHASES = {"limit": "the same marts by one DuckDB script, no dbt"}
COMPARE_PHASES = {
    "polars": "the same questions in polars, streaming engine",
    "pandas": "the same questions in pandas",
    "postgres": "the usage questions in PostgreSQL over LiteLLM_SpendLogs",
}
PHASES = {"full": BUILD_PHASES["full"]} | LIMIT_PHASES | BUILD_PHASES | COMPARE_PHASES
CODE = ("models", "macros", "seeds", "tests", "llm_usage", "dbt_project.yml", "profiles.yml")
MOST_POSTGRES = 20_000_000
"""Above it PostgreSQL is asked only by name: its table takes half a kilobyte a request."""
MOST_MEMORY = 0.9
"""Of the machine's memory, what a notebook may take before it counts as not fitting."""


@dataclass
class Run:
    """A run's places and settings."""

    folder: Path
    log: logs.Log
    compare_with: str
    most_hours: float
    written_to: Path
    results: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Path:
        """The settings file that names the log."""
        return self.folder / "settings.yml"

    @property
    def warehouse(self) -> Path:
        """The warehouse of all phases: views in it name the file, so it is never renamed."""
        return self.folder / "warehouse.duckdb"

    @property
    def landing(self) -> Path:
        """What a build keeps beside its warehouse."""
        return self.warehouse.with_name(f"{self.warehouse.name}.landing")

    @property
    def base(self) -> Path:
        """A copy of the warehouse as the last full build left it."""
        return self.folder / "base"

    @property
    def target(self) -> Path:
        """dbt's target folder: one of the run's own, kept, as users keep theirs."""
        return self.folder / "target"

    @property
    def spill(self) -> list[Path]:
        """Where DuckDB puts what does not fit into memory."""
        return [self.landing / "spill", self.warehouse.with_name(f"{self.warehouse.name}.tmp")]


def main(arguments: list[str] | None = None) -> int:
    """Run the asked phases on one log and write the results.

    :param arguments: the words after the program's name; the process's own by default.
    :returns: exit status: 0 all phases ran and were right, 1 one did not.
    """
    parser = argparse.ArgumentParser(prog="benchmarks.run", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument(
        "--folder", default=os.environ.get("BENCH_FOLDER") or str(PROJECT_ROOT / DEFAULT_FOLDER)
    )
    parser.add_argument(
        "--phases",
        default=os.environ.get("PHASES"),
        help=f"by blanks or commas, of: {' '.join(PHASES)} (default: all, without postgres above "
        f"{MOST_POSTGRES:,} requests)",
    )
    parser.add_argument(
        "--results", type=Path, default=RESULTS, help="where the results are written"
    )
    parser.add_argument(
        "--compare-with", default=".venv-bench/bin/python", help="a Python with the extra `bench`"
    )
    parser.add_argument("--most-hours", type=float, default=6.0, help="for one comparison")
    asked = parser.parse_args(arguments)
    default = [name for name in PHASES if name != "postgres" or asked.requests <= MOST_POSTGRES]
    phases = (asked.phases or " ".join(default)).replace(",", " ").split()
    unknown = [phase for phase in phases if phase not in PHASES]
    if unknown:
        parser.error(f"unknown phase {', '.join(unknown)}; there are {', '.join(PHASES)}")

    os.environ["LLM_USAGE_SALT"] = SALT
    folder = Path(asked.folder).resolve() / str(asked.requests)
    folder.mkdir(parents=True, exist_ok=True)
    _say(f"log of {asked.requests:,} requests")
    log = logs.demo_log(folder / "log", asked.requests)
    run = Run(folder, log, asked.compare_with, asked.most_hours, asked.results)
    logs.write_settings(log, run.settings)
    run.results = _opened(run)
    failed = False
    for phase in [phase for phase in PHASES if phase in phases]:
        _say(f"{phase}: {PHASES[phase]}")
        try:
            result = _phase(run, phase)
        except (measuring.RunFailed, checks.WrongResult) as error:
            result = {"error": str(error)}
        failed = failed or report.is_wrong(result)
        result |= {"commit": _commit(), "ran_at": _now()}
        run.results["phases"][phase] = result
        _write(run)
        _say(f"  {report.in_a_line(result, log.records)}")
    report.write(asked.results)
    return 1 if failed else 0


def _opened(run: Run) -> dict[str, Any]:
    """The results of earlier runs of this size on this machine: phases may be run one by one."""
    path = _results_path(run)
    about = {
        "machine": measuring.machine() | {"file_system": measuring.file_system(run.folder)},
        "versions": _versions(run.compare_with),
        "log": run.log.as_dict(),
        "phases": {},
    }
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        if before["machine"] == about["machine"] and before["log"] == about["log"]:
            about["phases"] = before["phases"]
    return about


def _results_path(run: Run) -> Path:
    return run.written_to / f"{run.log.requests_asked}.json"


def _write(run: Run) -> None:
    run.written_to.mkdir(parents=True, exist_ok=True)
    text = json.dumps(run.results, indent=2, ensure_ascii=False, default=str)
    # Paths are the machine's own business.
    text = text.replace(str(run.folder), "…").replace(str(PROJECT_ROOT), "…")
    _results_path(run).write_text(text + "\n", encoding="utf-8")


def _phase(run: Run, phase: str) -> dict[str, Any]:
    if phase in BUILD_PHASES:
        return _build_phase(run, phase)
    return _limit(run) if phase in LIMIT_PHASES else _compare(run, phase)


def _limit(run: Run) -> dict[str, Any]:
    """Run the script that shows how fast a full build could be, and hold its marts to the build's.

    Compiled anew each time, outside the clock: the models may have changed.
    """
    _restore_base(run)
    compiled, warehouse = run.folder / "limit-compiled", run.folder / "limit.duckdb"
    answer = run.folder / "output" / "limit.json"
    words = [sys.executable, "-m", "benchmarks.limit", "--settings", str(run.settings)]
    words += ["--compiled", str(compiled)]
    _remove(compiled)
    subprocess.run([*words, "--prepare"], cwd=PROJECT_ROOT, check=True)
    answer.unlink(missing_ok=True)
    load = measuring.load_average()
    landing = warehouse.with_name(f"{warehouse.name}.landing")
    try:
        measured = measuring.run_measured(
            [*words, "--warehouse", str(warehouse), "--answer", str(answer)],
            log=run.folder / "output" / "limit.txt",
            cwd=PROJECT_ROOT,
            spill=[landing / "spill"],
        )
        size = warehouse.stat().st_size
        differing = limit.differences(run.warehouse, warehouse)
    finally:
        for path in (warehouse, landing, compiled):
            _remove(path)
    result = measured.as_dict() | {"load_before": load, "warehouse_bytes": size}
    result |= json.loads(answer.read_text(encoding="utf-8"))
    result["marts"] = {mart: {"differs": told} for mart, told in differing.items()}
    full = run.results["phases"].get("full", {})
    for measure in ("wall", "cpu"):
        if f"{measure}_seconds" in full:
            ratio = full[f"{measure}_seconds"] / result[f"{measure}_seconds"]
            result[f"full_to_limit_{measure}"] = round(ratio, 3)
    return result | {"records": run.log.records}


def _build_phase(run: Run, phase: str) -> dict[str, Any]:
    tested = phase.endswith("_tested")
    kind = phase.removesuffix("_tested")
    if kind == "full":
        # As a first build finds it: nothing of dbt's own parsing is kept either.
        for path in (run.warehouse, run.landing, run.target):
            _remove(path)
        measured = _build(run, phase, tested)
        facts = checks.read_facts(run.warehouse)
        checks.check_any(facts, run.log.records)
        _keep_base(run)
        return measured | {"records": run.log.records}
    _restore_base(run)
    before = checks.read_facts(run.warehouse)
    arrivals: dict[str, Callable[[logs.Log], logs.Arrival]] = {
        "new_day": logs.add_new_day,
        "late_file": logs.add_late_file,
    }
    try:
        arrival = arrivals[kind](run.log) if kind in arrivals else None
        measured = _build(run, phase, tested)
        facts = checks.read_facts(run.warehouse)
        checks.check_any(facts, run.log.records + (arrival.records if arrival else 0))
        if arrival is None:
            checks.check_equal(facts, before)
            return measured | {"records": 0}
        checks.check_arrived(facts, before, arrival)
        days = {str(day): records for day, records in arrival.records_by_day.items()}
        return measured | {"records": arrival.records, "records_by_day": days}
    finally:
        logs.remove_arrivals(run.log.folder)


def _build(run: Run, phase: str, tested: bool) -> dict[str, Any]:
    words = ["build", "--gateways", str(run.settings), "--warehouse", str(run.warehouse)]
    if not tested:
        words.append("--without-tests")
    # An earlier phase's: a build with nothing new writes none.
    (run.target / "run_results.json").unlink(missing_ok=True)
    load = measuring.load_average()
    measured = measuring.run_measured(
        [sys.executable, "-m", "llm_usage", *words],
        log=run.folder / "output" / f"{phase}.txt",
        cwd=PROJECT_ROOT,
        environment={
            "DBT_TARGET_PATH": str(run.target),
            "DBT_LOG_PATH": str(run.folder / "logs"),
        },
        spill=run.spill,
    )
    return measured.as_dict() | {
        "load_before": load,
        "warehouse_bytes": run.warehouse.stat().st_size,
        "landing_bytes": measuring.folder_bytes(run.landing),
        **nodes.node_times(run.target, measured.wall_seconds),
    }


def _keep_base(run: Run) -> None:
    _remove(run.base)
    run.base.mkdir()
    # Its time of change too: by that a build knows what it has left.
    shutil.copy2(run.warehouse, run.base / run.warehouse.name)
    if run.landing.exists():
        shutil.copytree(run.landing, run.base / run.landing.name)
    (run.base / "code").write_text(_code(), encoding="utf-8")


def _restore_base(run: Run) -> None:
    """Put back what the last full build left; build it first where there is none of this code."""
    mark = run.base / "code"
    if not mark.exists() or mark.read_text(encoding="utf-8") != _code():
        _say("  no full build of this code yet: building one, its time is not kept")
        _build_phase(run, "full")
    for path in (run.warehouse, run.landing):
        _remove(path)
        kept = run.base / path.name
        if kept.is_dir():
            shutil.copytree(kept, path)
        elif kept.exists():
            shutil.copy2(kept, path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _compare(run: Run, phase: str) -> dict[str, Any]:
    """Run a comparison in its own environment against the warehouse of the full build."""
    _restore_base(run)
    if phase == "postgres":
        # Its memory is set, not found out; shared pages would count once for each worker.
        return _compared(run, phase, "postgres_usage", None)
    most = int(measuring.machine()["memory_bytes"] * MOST_MEMORY)
    result = _compared(run, phase, f"{phase}_marts", most)
    if phase == "polars" and result["stopped_for"] == "memory":
        _say(f"  {report.in_a_line(result, run.log.records)}; again, one aggregate at a time")
        again = _compared(run, phase, "polars_marts", most, "--one-by-one")
        return again | {"at_once": result}
    return result


def _compared(
    run: Run, phase: str, module: str, most_bytes: int | None, *more: str
) -> dict[str, Any]:
    answer = run.folder / "output" / f"{phase}.json"
    answer.unlink(missing_ok=True)
    work = run.folder / "compare"
    words = ["--log", str(run.log.folder), "--warehouse", str(run.warehouse)]
    words += ["--answer", str(answer), "--work", str(work), *more]
    load = measuring.load_average()
    try:
        measured = measuring.run_measured(
            [run.compare_with, "-m", f"benchmarks.compare.{module}", *words],
            log=run.folder / "output" / f"{phase}.txt",
            cwd=PROJECT_ROOT,
            spill=[work],
            most_bytes=most_bytes,
            most_seconds=run.most_hours * 3600,
        )
    finally:
        _remove(work)
    result = measured.as_dict() | {"load_before": load}
    if measured.stopped_for is not None:
        return result
    return result | json.loads(answer.read_text(encoding="utf-8"))


def _versions(compare_with: str) -> dict[str, str]:
    names = ["duckdb", "dbt-core", "dbt-duckdb", "llm-usage"]
    found = {name: importlib.metadata.version(name) for name in names}
    found["python"] = platform.python_version()
    asked = "import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in "
    asked += "('pandas', 'polars', 'pyarrow', 'psycopg')}))"
    try:
        told = subprocess.run(
            [compare_with, "-c", asked], cwd=PROJECT_ROOT, capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return found
    return found | json.loads(told.stdout)


def _commit() -> str:
    """The commit that is measured, `+changes` where the project's files differ from it."""
    commit = _git("rev-parse", "--short", "HEAD")
    return f"{commit}+changes" if _git("status", "--porcelain", "--", *CODE) else commit


def _code() -> str:
    """A fingerprint of the files that decide what a build does, whatever else was committed."""
    told = [_git("rev-parse", *(f"HEAD:{place}" for place in CODE)), _git("diff", "HEAD", *CODE)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _git(*words: str) -> str:
    try:
        return subprocess.run(
            ["git", *words], cwd=PROJECT_ROOT, capture_output=True, check=True, text=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
