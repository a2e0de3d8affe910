"""A new log format is one staging folder and no change elsewhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import ROOT, SALT, Warehouse
from log_files import write_json_lines

SOURCES = """
version: 2
sources:
  - name: toy_gateway
    schema: llm_usage_raw
    tables:
      - name: records
        identifier: _toy_gateway
        columns:
          - {name: ts, config: {meta: {required: true}}}
          - {name: llm, config: {meta: {required: true}}}
          - {name: tokens_in}
          - {name: tokens_out}
          - {name: person, config: {meta: {hashed: true}}}
"""

FILLED = {
    "requested_at": "{{ to_timestamp_utc('ts') }}",
    "has_requested_at": "{{ is_present('ts') }}",
    "raw_model": "cast(llm as varchar)",
    "prompt_tokens": "{{ to_number('tokens_in') }}",
    "completion_tokens": "{{ to_number('tokens_out') }}",
    "account_id": "cast(person as varchar)",
    "record": "{{ record_of(['ts', 'llm', 'tokens_in', 'tokens_out']) }}",
}

MODEL = """
{{% for gateway in gateways_of('toy_gateway') -%}}
    select
        {{{{ gateway_columns(gateway) }}}},
        {columns}
    from {{{{ raw_records('toy_gateway', gateway) }}}}
    {{{{ 'union all' if not loop.last }}}}
{{% endfor %}}
"""


def test_a_folder_is_all_that_a_new_format_needs(tmp_path: Path) -> None:
    project = tmp_path / "project"
    ignored = shutil.ignore_patterns(
        ".git", ".venv", "target", "logs", "warehouse", "data", "*.duckdb*"
    )
    shutil.copytree(ROOT, project, ignore=ignored)
    columns = (ROOT / "macros" / "requests" / "request_columns.sql").read_text()
    names = columns.split("'")[1::2]
    names = names[names.index("source_error") + 1 :]
    folder = project / "models" / "staging" / "toy_gateway"
    folder.mkdir()
    (folder / "_toy_gateway__sources.yml").write_text(SOURCES)
    (folder / "stg_toy_gateway__requests.sql").write_text(
        MODEL.format(
            columns=",\n        ".join(f"{FILLED.get(name, 'null')} as {name}" for name in names)
        )
    )
    write_json_lines(
        tmp_path / "log.jsonl",
        [
            {"ts": 1741608000, "llm": "gpt-4o", "tokens_in": 100, "tokens_out": 10, "person": "a"},
            {"ts": 1741608000, "llm": "gpt-4o", "tokens_in": -1, "tokens_out": 10, "person": "a"},
        ],
    )
    warehouse = Warehouse(tmp_path)
    warehouse.settings.write_text(
        f"gateways: [{{name: toy, format: toy_gateway, location: '{tmp_path}/log.jsonl'}}]"
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "llm_usage", "build"),
            *("--gateways", str(warehouse.settings), "--warehouse", str(warehouse.path)),
        ],
        cwd=project,
        env=os.environ | {"LLM_USAGE_SALT": SALT, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert warehouse.query(
        "select gateway, model_id, requests, accounts, tokens from fct_usage_daily"
    ) == [("toy", "openai/gpt-4o", 1, 1, 110)]
    assert warehouse.query("select gateway, reasons, record from fct_rejected_records") == [
        (
            "toy",
            "prompt_tokens_negative",
            '{"ts":"1741608000","llm":"gpt-4o","tokens_in":"-1","tokens_out":"10"}',
        )
    ]
