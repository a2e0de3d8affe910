"""Where a build's time went: dbt's own record of every node, by layer and by mart."""

import datetime
import json
from collections import defaultdict
from pathlib import Path
from typing import Any


def node_times(target: Path, wall_seconds: float) -> dict[str, Any]:
    """Times of a build from its ``run_results.json`` and ``manifest.json``.

    Nodes run on several threads: their seconds add up to more than the wall time of the build.

    :param target: dbt's target folder.
    :param wall_seconds: wall time of the whole process, for what lies before and after the nodes.
    :returns: ``layers`` (seconds of all nodes of a layer, and how many there are), ``marts`` and
        ``others`` (seconds by node), ``start_and_end_seconds`` (wall time in which no node ran:
        Python, dbt's parsing, the summary).
    """
    run_results = target / "run_results.json"
    if not run_results.exists():
        # Nothing was new, and dbt was not started.
        return {"layers": {}, "marts": {}, "others": {}, "start_and_end_seconds": wall_seconds}
    results = json.loads(run_results.read_text(encoding="utf-8"))["results"]
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    seconds: dict[str, float] = defaultdict(float)
    nodes: dict[str, int] = defaultdict(int)
    marts: dict[str, float] = {}
    others: dict[str, float] = {}
    for result in results:
        identity = result["unique_id"]
        kind, _, name = identity.split(".", 2)
        node = manifest["nodes"].get(identity, {})
        layer = _layer(kind, node.get("original_file_path", ""))
        seconds[layer] += result["execution_time"]
        nodes[layer] += 1
        if layer.startswith("marts/"):
            marts[name] = round(result["execution_time"], 3)
        else:
            others[name.split(".")[0]] = round(result["execution_time"], 3)
    return {
        "layers": {
            layer: {"seconds": round(seconds[layer], 3), "nodes": nodes[layer]}
            for layer in sorted(seconds)
        },
        "marts": dict(sorted(marts.items())),
        "others": dict(sorted(others.items(), key=lambda item: -item[1])),
        "start_and_end_seconds": round(wall_seconds - _covered(results), 3),
    }


def _layer(kind: str, path: str) -> str:
    if kind == "operation":
        return "inputs (on-run-start)"
    if kind in ("test", "seed"):
        return f"{kind}s"
    folders = Path(path).parts[1:-1]
    if not folders:
        return kind
    # Staging is views only; what they cost is in the nodes that read them.
    return folders[0] if folders[0] == "staging" else "/".join(folders[:2])


def _covered(results: list[dict[str, Any]]) -> float:
    """Seconds in which at least one node ran."""
    spans = []
    for result in results:
        times = [
            datetime.datetime.fromisoformat(step[edge])
            for step in result["timing"]
            for edge in ("started_at", "completed_at")
            if step.get(edge)
        ]
        if times:
            spans.append((min(times), max(times)))
    covered = 0.0
    end = None
    for first, last in sorted(spans):
        if end is None or first > end:
            covered += (last - first).total_seconds()
            end = last
        elif last > end:
            covered += (last - end).total_seconds()
            end = last
    return covered
