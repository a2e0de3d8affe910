"""The generic tests can fail: each is broken on purpose and must notice, and only then."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import ROOT


def test_each_generic_test_fails_where_it_should_and_nowhere_else(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "tests" / "fixtures" / "generic_tests", project)
    shutil.copytree(ROOT / "tests" / "generic", project / "tests" / "generic")
    subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "--no-send-anonymous-usage-stats", "build"],
        cwd=project,
        capture_output=True,
        timeout=300,
        check=False,
    )
    results = json.loads((project / "target" / "run_results.json").read_text())["results"]
    outcome = {
        result["unique_id"].split(".")[2]: result["status"]
        for result in results
        if result["unique_id"].startswith("test.")
    }
    assert len(outcome) == 12
    for name, status in outcome.items():
        assert status == ("pass" if name.startswith("good") else "fail"), name
    used = {path.stem for path in (ROOT / "tests" / "generic").glob("*.sql")}
    declared = (project / "models" / "models.yml").read_text()
    assert all(f"- {name}:" in declared for name in used)
