"""Ask pip-audit about every pin of every lock; say plainly where nothing could be asked.

    python .ci/audit.py <pip-audit> <lock>…

pip-audit calls a pin that its service does not know "skipped" and ends well, even if that is every
pin. Here that counts as not audited: a line says so, and the exit status is 0, or 1 with
AUDIT_REQUIRED=1. A known vulnerability is always 1.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*==[^ ;\\]+)", re.MULTILINE)


def ask(program: str, pins: list[str]) -> list[dict[str, Any]]:
    """What pip-audit says of each pin.

    :param program: its path.
    :param pins: ``name==version``, each once; pip-audit asks its service for one after the other.
    :returns: its entries: ``name``, and ``vulns`` or ``skip_reason``.
    :raises ValueError: it gave no answer; its last line.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as stream:
        stream.write("\n".join(pins))
        stream.flush()
        words = [program, "--requirement", stream.name, "--no-deps", "--disable-pip"]
        done = subprocess.run(
            [*words, "--format", "json", "--progress-spinner", "off", "--timeout", "20"],
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        return json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise ValueError(said[-1][:200]) from None


def main() -> int:
    """Audit all locks named; the exit status."""
    program, *locks = sys.argv[1:]
    pins = sorted({pin for lock in locks for pin in PIN.findall(Path(lock).read_text("utf-8"))})
    why_not = "its service knows none of them"
    # pip-audit takes one version of a package at a time.
    rounds: list[dict[str, str]] = []
    for pin in pins:
        name = pin.partition("==")[0]
        free = next((names for names in rounds if name not in names), None)
        if free is None:
            rounds.append(free := {})
        free[name] = pin
    answers = []
    try:
        for names in rounds:
            answers += ask(program, list(names.values()))
    except ValueError as error:
        answers, why_not = [], str(error)
    skipped = [answer for answer in answers if "skip_reason" in answer]
    if len(skipped) == len(answers):
        print(f"NOT AUDITED: pip-audit could not ask about any of {len(pins)} pins: {why_not}")
        return int(os.environ.get("AUDIT_REQUIRED") == "1")
    for answer in skipped:
        print(f"{answer['name']} not audited: {answer['skip_reason']}")
    flaws = [
        f"{answer['name']} {answer['version']}: {flaw['id']}, mended in "
        f"{', '.join(flaw['fix_versions']) or 'no version yet'}"
        for answer in answers
        for flaw in answer.get("vulns", [])
    ]
    print("\n".join(flaws) or "no known vulnerability")
    print(f"{len(answers) - len(skipped)} of {len(pins)} pins audited")
    return int(bool(flaws))


if __name__ == "__main__":
    sys.exit(main())
