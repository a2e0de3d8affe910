"""``make audit`` never says that all is well where nothing could be asked."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

LOCK = """\
one==1.0 \\
    --hash=sha256:00
two==2.0 ; python_version < '3.12' \\
    --hash=sha256:00
"""
UNKNOWN = {"name": "one", "skip_reason": "not found"}
SOUND: dict[str, Any] = {"name": "one", "version": "1.0", "vulns": []}
FLAWED = {"name": "two", "version": "2.0", "vulns": [{"id": "X-1", "fix_versions": ["2.1"]}]}


@pytest.mark.parametrize(
    ("answers", "required", "status", "said"),
    [
        ([UNKNOWN, UNKNOWN], "0", 0, "NOT AUDITED: pip-audit could not ask about any of 2 pins"),
        ([UNKNOWN, UNKNOWN], "1", 1, "NOT AUDITED"),
        (None, "1", 1, "NOT AUDITED: pip-audit could not ask about any of 2 pins: no route"),
        ([SOUND, UNKNOWN], "1", 0, "1 of 2 pins audited"),
        ([SOUND, FLAWED], "0", 1, "two 2.0: X-1, mended in 2.1"),
    ],
)
def test_what_was_not_asked_is_not_called_sound(
    tmp_path: Path, answers: list[dict[str, Any]] | None, required: str, status: int, said: str
) -> None:
    told = "" if answers is None else json.dumps({"dependencies": answers})
    program = tmp_path / "pip-audit"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{told}\nEND\necho no route >&2\n")
    program.chmod(0o755)
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK)
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "audit.py"), str(program), str(lock), str(lock)],
        env=os.environ | {"AUDIT_REQUIRED": required},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert said in done.stdout
