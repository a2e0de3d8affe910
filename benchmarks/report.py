"""From results as JSON to ``results/README.md``: every number there comes from a file beside it."""

import itertools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TITLE = "# Results\n\nWritten by `make bench` from the JSON files beside it; not to be edited.\n"
_SIDES = ("postgres", "warehouse")
_PHASES = {
    "full": "full build",
    "full_tested": "full build, tests on",
    "nothing_new": "nothing new",
    "nothing_new_tested": "nothing new, tests on",
    "new_day": "a new day",
    "new_day_tested": "a new day, tests on",
    "late_file": "a late file, 3 old days",
    "late_file_tested": "a late file, 3 old days, tests on",
}


def write(folder: Path) -> None:
    """Write the table of all results in a folder.

    :param folder: where ``<requests>.json`` stand; ``README.md`` is written there.
    """
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    runs = sorted(found, key=lambda run: run["log"]["requests_asked"])
    parts = [TITLE]
    for run in runs:
        parts += [_heading(run), _builds(run), _limit(run), _layers(run), _marts(run)]
        parts.append(_comparisons(run))
    parts.append(_between_sizes(runs))
    text = "\n".join(part for part in parts if part)
    (folder / "README.md").write_text(text, encoding="utf-8")


def in_a_line(result: dict[str, Any], records: int) -> str:
    """A phase's result as it is said on the terminal."""
    if "error" in result:
        return f"WRONG: {result['error']}"
    if result.get("skipped"):
        return f"skipped: {result['skipped']}"
    if result.get("stopped_for"):
        return f"stopped for {result['stopped_for']} after {_seconds(result['wall_seconds'])} s"
    told = f"{_seconds(result['wall_seconds'])} s, {_size(result['peak_rss_bytes'])} resident, "
    told += f"{_size(result['written_bytes'])} written"
    if "computing_seconds" in result:
        told += f", {_seconds(result['computing_seconds'])} s of it computing"
    if "full_to_limit_wall" in result:
        told += f", the full build takes {result['full_to_limit_wall']:.2f} times as long"
    if result.get("records") == records:
        told += f", {records / result['wall_seconds']:,.0f} records/s"
    for name, mart in result.get("marts", {}).items():
        if isinstance(mart, dict) and mart["differs"]:
            told += f"; {name} DIFFERS: {mart['differs']}"
    for question in result.get("questions", []):
        told += f"\n  {_question_line(question)}"
    return told


def is_wrong(result: dict[str, Any]) -> bool:
    """Whether a phase's result is not what the warehouse or the log says."""
    marts = result.get("marts", {}).values()
    return (
        "error" in result
        or any(isinstance(mart, dict) and mart["differs"] for mart in marts)
        or any(not question["equal"] for question in result.get("questions", []))
    )


def _question_line(question: dict[str, Any]) -> str:
    if not question["equal"]:
        return f"{question['name']}: NOT EQUAL"
    return (
        f"{question['name']}: PostgreSQL {question['postgres_seconds'] * 1000:,.1f} ms, "
        f"warehouse {question['warehouse_seconds'] * 1000:,.1f} ms, "
        f"{question['ratio']:,.3g} times"
    )


def _heading(run: dict[str, Any]) -> str:
    log, machine = run["log"], run["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    return (
        f"## {log['requests_asked']:,} requests\n\n"
        f"{log['records']:,} records (demo, seed {log['seed']}) in {log['request_files']:,} "
        f"Parquet files, {_size(log['request_bytes'])}, with tags and accounts of "
        f"{_size(log['side_bytes'])}.\n\n"
        f"{machine['processor']}, {machine['cores']} cores, {_size(machine['memory_bytes'])} "
        f"memory, {machine['file_system']}, Linux {machine['kernel']}; {versions}.\n"
    )


def _builds(run: dict[str, Any]) -> str:
    rows = []
    for phase, name in _PHASES.items():
        result = run["phases"].get(phase)
        if result is None:
            continue
        if "error" in result:
            rows.append([name, "wrong result", *[""] * 8])
            continue
        # A rate is of a whole log; a day's build reads more than its own records.
        is_full = phase.startswith("full")
        rate = result["records"] / result["wall_seconds"] if is_full else None
        rows.append([
            name,
            _seconds(result["wall_seconds"]),
            f"{result['records']:,}",
            f"{rate:,.0f}" if rate else "",
            _size(result["peak_rss_bytes"]),
            _size(result["peak_spill_bytes"]),
            _size(result["written_bytes"]),
            _size(result["warehouse_bytes"] + result["landing_bytes"]),
            f"{result['load_before']}",
            result["commit"],
        ])  # fmt: skip
    columns = ["build", "s", "new records", "records/s", "peak memory", "peak spill", "written"]
    columns += ["warehouse", "load before", "commit"]
    return _table(columns, rows)


def _limit(run: dict[str, Any]) -> str:
    """What a full build takes beside the script that does no more than it must."""
    full, limit = (run["phases"].get(phase, {}) for phase in ("full", "limit"))
    if "error" in limit or ("marts" in limit and is_wrong(limit)):
        return "The script without dbt (`benchmarks/limit.py`): wrong result.\n"
    if "steps" not in limit or "wall_seconds" not in full:
        return ""
    measures = {"wall_seconds": "s", "cpu_seconds": "CPU s"}
    rows = [
        [
            name,
            *(_seconds(result[measure]) for measure in measures),
            _size(result["peak_rss_bytes"]),
            f"{result['load_before']}",
            result["commit"],
        ]
        for name, result in (("full build", full), ("`benchmarks/limit.py`", limit))
    ]
    ratios = [f"{full[measure] / limit[measure]:.2f}" for measure in measures]
    memory = full["peak_rss_bytes"] / limit["peak_rss_bytes"]
    rows.append(["times", *ratios, f"{memory:.2f}", "", ""])
    slowest = sorted(limit["steps"], key=lambda step: -step["seconds"])[:8]
    steps = [
        [step["step"], _seconds(step["seconds"]), _seconds(step["cpu_seconds"])]
        for step in slowest
        if not step["step"].startswith("compiled")
    ]
    held = len(limit["marts"])
    return (
        f"Against one DuckDB script that makes the same marts without dbt; all {held} stored marts "
        "are equal.\n\n"
        + _table(["", *measures.values(), "peak memory", "load before", "commit"], rows)
        + "\nIts slowest steps; compiled models run two at a time.\n\n"
        + _table(["step", "s", "CPU s"], steps)
    )


def _layers(run: dict[str, Any]) -> str:
    phases = [
        phase for phase in _PHASES if phase in run["phases"] and "layers" in run["phases"][phase]
    ]
    layers = sorted({layer for phase in phases for layer in run["phases"][phase]["layers"]})
    rows = [
        [layer, *(_layer_seconds(run["phases"][phase], layer) for phase in phases)]
        for layer in layers
    ]
    outside = [_seconds(run["phases"][phase]["start_and_end_seconds"]) for phase in phases]
    rows.append(["no node runs (start, parsing, summary)", *outside])
    if not phases:
        return ""
    told = "Seconds by layer. Two nodes run at a time, so layers add up to more than the build.\n\n"
    return told + _table(["layer", *(_PHASES[phase] for phase in phases)], rows)


def _layer_seconds(result: dict[str, Any], layer: str) -> str:
    found = result["layers"].get(layer)
    return _seconds(found["seconds"]) if found else ""


def _marts(run: dict[str, Any]) -> str:
    result = run["phases"].get("full", {})
    if "layers" not in result:
        return ""
    records = result["records"]
    own = sorted(result["marts"].items(), key=lambda item: -item[1])
    rows = [[f"`{name}`", f"{seconds:.2f}", _rate(records, seconds)] for name, seconds in own]
    slow = sorted(result["others"].items(), key=lambda item: -item[1])[:12]
    below = [[f"`{name}`", f"{seconds:.2f}", _rate(records, seconds)] for name, seconds in slow]
    return (
        "Each mart's own time in the full build (what it reads is built before it), and the log's "
        "records per second of it.\n\n"
        + _table(["mart", "s", "records/s"], rows)
        + "\nThe dozen slowest nodes below the marts.\n\n"
        + _table(["node", "s", "records/s"], below)
    )


def _rate(records: int, seconds: float) -> str:
    return f"{records / seconds:,.0f}" if seconds else ""


def _comparisons(run: dict[str, Any]) -> str:
    return _notebooks(run) + _postgres(run)


def _notebooks(run: dict[str, Any]) -> str:
    phases = run["phases"]
    full = phases.get("full", {})
    ours = full.get("wall_seconds")
    rows = []
    if ours is not None:
        marts = len(full["marts"])
        memory = _size(full["peak_rss_bytes"])
        rows.append(["llm-usage, full build", _seconds(ours), "1", memory, str(marts), ""])
    for phase in ("polars", "pandas"):
        result = phases.get(phase)
        if result is None:
            continue
        if "at_once" in result:
            rows.append(_notebook(f"{phase}, all at once", result["at_once"], ours))
            rows.append(_notebook(f"{phase}, one by one", result, ours))
        else:
            rows.append(_notebook(phase, result, ours))
    if not any(phase in phases for phase in ("polars", "pandas")):
        return ""
    columns = ["the marts of", "s", "times our build", "peak memory", "marts"]
    return _table([*columns, "equal to the warehouse's"], rows) + "\n"


def _notebook(name: str, result: dict[str, Any], ours: float | None) -> list[str]:
    if "error" in result:
        return [name, "failed", "", "", "", ""]
    if result["stopped_for"]:
        told = "does not fit" if result["stopped_for"] == "memory" else "took too long"
        return [name, told, "", _size(result["peak_rss_bytes"]), "", ""]
    seconds, marts = result["computing_seconds"], result["marts"]
    equal = sum(not mart["differs"] for mart in marts.values())
    held = [str(len(marts)), f"{equal} of {len(marts)}"]
    if is_wrong(result):
        return [name, "wrong result", "", "", *held]
    times = f"{seconds / ours:.2f}" if ours else ""
    return [name, _seconds(seconds), times, _size(result["computing_peak_bytes"]), *held]


def _postgres(run: dict[str, Any]) -> str:
    result = run["phases"].get("postgres")
    if not result or "questions" not in result:
        return ""
    rows = []
    for question in result["questions"]:
        # Of different answers the times say nothing.
        times = ["", "", "", "NO"]
        if question["equal"]:
            times = [f"{question[f'{side}_seconds'] * 1000:,.1f}" for side in _SIDES]
            times += [f"{question['ratio']:,.3g}", "yes"]
        rows.append([question["asked"], *times, question["answered_from"]])
    columns = ["usage question", "PostgreSQL ms", "warehouse ms", "times", "equal", "from"]
    return (
        f"PostgreSQL {result['version']}: {result['rows']:,} rows of `LiteLLM_SpendLogs`, "
        f"{_size(result['table_bytes'])} and {_size(result['index_bytes'])} of indexes, loaded in "
        f"{_seconds(result['load_seconds'])} s. Warm, best of {result['repeats']}.\n\n"
        + _table(columns, rows)
    )


def _between_sizes(runs: list[dict[str, Any]]) -> str:
    """The same phase on logs of different sizes, each against the next smaller one."""
    rows = []
    for phase, name in _PHASES.items():
        sizes = [
            (run["log"]["requests_asked"], run["phases"][phase]["wall_seconds"])
            for run in runs
            if "wall_seconds" in run["phases"].get(phase, {})
        ]
        for (small, before), (large, after) in itertools.pairwise(sizes):
            rows.append(
                [
                    name,
                    f"{small:,}",
                    _seconds(before),
                    f"{large:,}",
                    _seconds(after),
                    f"{after / before:.2f}",
                ]
            )
    if not rows:
        return ""
    columns = ["build", "requests", "s", "requests", "s", "times"]
    return (
        "## Between sizes\n\nThe demo has as many days at every size, so a day of a log ten times "
        "as large is ten times as large too.\n\n" + _table(columns, rows)
    )


def _table(columns: list[str], rows: Iterable[list[str]]) -> str:
    lines = [columns, ["---", *["--:"] * (len(columns) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _seconds(seconds: float) -> str:
    return f"{seconds:,.1f}" if seconds < 100 else f"{seconds:,.0f}"


def _size(number: int) -> str:
    size = float(number)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"
