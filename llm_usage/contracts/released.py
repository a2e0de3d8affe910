"""What was promised in the last release, and whether a contract that promises less says so.

``contracts/released.json`` holds, for every contract, its version and its promises as they were
when `llm-usage contracts --release` was last run. A reader who relied on those is let down by a
column that is gone or of another type, a column that may now be null, another key, a value or a
range that was not allowed, a rule that is gone, changed or no longer critical. For what goes in it
is the other way round: a gateway is let down by what is newly asked of it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llm_usage.contracts.odcs import CONTRACTS_FOLDER, Contract, Rule, read_contracts
from llm_usage.errors import UsageError

RELEASED = "released.json"


def promises(contract: Contract) -> dict[str, Any]:
    """What a contract promises, as plain values that can be stored and compared."""
    return {
        "version": str(contract.document["version"]),
        "status": contract.document["status"],
        "key": list(contract.key),
        "columns": {
            column.name: {
                "type": column.physical_type or column.logical_type,
                "required": column.required,
                "unit": column.unit,
            }
            for column in contract.columns
        },
        "rules": {
            rule.name: _stored(rule)
            for rule in contract.rules
            # The columns stand above.
            if rule.kind != "columns"
        },
    }


def compare_with_released(folder: Path = CONTRACTS_FOLDER) -> list[str]:
    """Find contracts whose version does not say what has changed since the last release.

    :param folder: where the contracts and ``released.json`` stand.
    :returns: a line for each that lacks a version; none where all is well.
    :raises UsageError: ``released.json`` is missing or unreadable.
    """
    path = folder / RELEASED
    try:
        released = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageError(f"{path}: missing or unreadable; restore it from git") from None
    contracts = {contract.name: contract for contract in read_contracts(folder)}
    lines = [
        f"{name}: the contract was released and is gone; keep it with `status: retired` and a new "
        "major version"
        for name in released.keys() - contracts.keys()
    ]
    for name in sorted(released.keys() & contracts.keys()):
        lines += _compare(contracts[name], released[name])
    return lines


def release(folder: Path = CONTRACTS_FOLDER) -> None:
    """Write down what the contracts promise now.

    :raises UsageError: a version does not say what has changed; nothing is written.
    """
    if (folder / RELEASED).exists() and (lines := compare_with_released(folder)):
        raise UsageError("; ".join(lines))
    stored = {contract.name: promises(contract) for contract in read_contracts(folder)}
    text = json.dumps(stored, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / RELEASED).write_text(text + "\n", encoding="utf-8")


def breaking_changes(contract: Contract, before: Mapping[str, Any]) -> list[str]:
    """What lets down those who relied on the released contract.

    :param contract: the contract as it stands.
    :param before: its promises as they were released.
    :returns: each in words.
    """
    now = promises(contract)
    if contract.is_input:
        return _newly_asked(before, now)
    if contract.is_retired and before["status"] != "retired":
        return ["the table is retired"]
    broken = []
    if now["key"] != before["key"]:
        broken.append(f"the key was ({', '.join(before['key'])})")
    for name, was in before["columns"].items():
        column = now["columns"].get(name)
        if column is None:
            broken.append(f"column {name} is gone")
            continue
        for what in ("type", "unit"):
            if column[what] != was[what]:
                broken.append(f"the {what} of column {name} was {was[what]}")
        if was["required"] and not column["required"]:
            broken.append(f"column {name} may be null")
    for name, was in before["rules"].items():
        # Said above, once.
        if name == "key" or name.endswith(" is known"):
            continue
        broken += _weakened(name, was, now["rules"].get(name))
    return broken


def _newly_asked(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The same for a contract of what goes in: what was promised by nobody and is asked now."""
    asked = []
    for name, was in before["columns"].items():
        column = now["columns"].get(name)
        if column is None:
            asked.append(f"column {name} is read no longer")
        elif column["type"] != was["type"] or column["unit"] != was["unit"]:
            asked.append(f"column {name} was {was['type']}, unit {was['unit']}")
    asked += [
        f"column {name} is required"
        for name, column in now["columns"].items()
        if column["required"] and not before["columns"].get(name, {}).get("required", False)
    ]
    for name, rule in now["rules"].items():
        # A warning asks for nothing: the build puts such records aside.
        if rule["severity"] == "critical":
            asked += _weakened(name, rule, before["rules"].get(name))
    return asked


def _compare(contract: Contract, before: Mapping[str, Any]) -> list[str]:
    was = tuple(map(int, before["version"].split(".")))
    broken = breaking_changes(contract, before)
    version = contract.document["version"]
    if broken and contract.version[0] <= was[0]:
        shown = "; ".join(broken[:5]) + ("; …" if len(broken) > 5 else "")
        return [
            f"{contract.name} {version}: breaks what {before['version']} promised ({shown}); "
            f"it needs version {was[0] + 1}.0.0"
        ]
    changed = {**promises(contract), "version": ""} != {**before, "version": ""}
    if changed and contract.version[:2] <= was[:2]:
        return [
            f"{contract.name} {version}: promises more than {before['version']} did; it needs "
            f"version {was[0]}.{was[1] + 1}.0"
        ]
    if contract.version < was:
        return [f"{contract.name} {version}: {before['version']} was released already"]
    return []


def _weakened(name: str, was: Mapping[str, Any], now: Mapping[str, Any] | None) -> list[str]:
    if now is None or now["kind"] != was["kind"]:
        return [f"rule `{name}` is not held on both sides"]
    broken = []
    if was["severity"] == "critical" and now["severity"] != "critical":
        broken.append(f"rule `{name}` is only a warning")
    before, after = was["arguments"], now["arguments"]
    kind = was["kind"]
    if kind == "in_set":
        kept = set(after["values"]) <= set(before["values"])
    elif kind == "not_in_set":
        kept = set(after["values"]) >= set(before["values"])
    elif kind == "range":
        kept = _within(after, before, "minimum", "maximum")
    elif kind == "row_count":
        kept = _within(after, before, "least", "most")
    elif kind == "not_null":
        kept = after["most_percent"] <= before["most_percent"]
    elif kind == "freshness":
        kept = after["most_days"] <= before["most_days"] and _but(after, "most_days") == _but(
            before, "most_days"
        )
    else:
        # Of two queries nobody can tell which says less.
        kept = after == before
    if not kept:
        broken.append(f"rule `{name}` is another")
    return broken


def _within(now: Mapping[str, Any], was: Mapping[str, Any], low: str, high: str) -> bool:
    lower = was[low] is None or (now[low] is not None and now[low] >= was[low])
    upper = was[high] is None or (now[high] is not None and now[high] <= was[high])
    return lower and upper


def _but(arguments: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in arguments.items() if key != name}


def _stored(rule: Rule) -> dict[str, Any]:
    plain = json.loads(json.dumps(dict(rule.arguments), default=str))
    return {"kind": rule.kind, "severity": rule.severity, "arguments": plain}
