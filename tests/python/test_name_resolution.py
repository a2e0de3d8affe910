"""Name resolution, run as the warehouse runs it: the dbt models over the seeds, on real names."""

import csv
import os
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from llm_usage.registry.aliases import register
from llm_usage.registry.names import NameRules, Resolver, model_key

PROJECT = Path(__file__).resolve().parents[2]
SEEDS = PROJECT / "seeds" / "registry"
DATA = Path(os.environ.get("LLM_USAGE_SHARED", PROJECT.parent / "shared")) / "data"
SAMPLE = PROJECT / "tests" / "fixtures" / "registry" / "price_key_authors.csv"

MUST_RESOLVE = {
    "openrouter/anthropic/claude-3.5-sonnet:beta": "anthropic/claude-3.5-sonnet",
    "bedrock/us.anthropic.claude-3-5-sonnet-20240620-v1:0": "anthropic/claude-3.5-sonnet-20240620",
    "fireworks_ai/accounts/fireworks/models/deepseek-v3": "deepseek/deepseek-chat-v3",
    "azure/gpt-4o-2024-08-06": "openai/gpt-4o-2024-08-06",
    "vertex_ai/gemini-2.5-pro": "google/gemini-2.5-pro",
    "vertex_ai/claude-haiku-4-5@20251001": "anthropic/claude-haiku-4.5",
    "models/gemini-2.0-flash": "google/gemini-2.0-flash-001",
    "deepseek-ai/DeepSeek-V3": "deepseek/deepseek-chat-v3",
    "together_ai/meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo": "meta-llama/llama-3.1-8b-instruct",
    "gemini/gemini-1.5-flash-002": "google/gemini-1.5-flash-002",
    "openai/gpt-4o-mini": "openai/gpt-4o-mini",
    "anthropic/claude-4.6-sonnet-20260217": "anthropic/claude-sonnet-4.6",
    "tencent/hy3-20260706:free": "tencent/hy3",
    "qwen/qwen3.6-plus-04-02": "qwen/qwen3.6-plus",
    "openrouter/owl-alpha": "openrouter/owl-alpha",
    "openrouter/openrouter/owl-alpha": "openrouter/owl-alpha",
    "ollama/gpt-oss:20b": "openai/gpt-oss-20b",
    "anthropic.claude-v2:1": "anthropic/claude-2.1",
    "OpenAI/GPT-4o": "openai/gpt-4o",
}
"""Names to their model on 2026-08-01."""

HOSTILE = {
    "": "unknown",
    "   ": "unknown",
    "None": "unknown",
    "*/REDACTED": "unknown",
    "ollama/REDACTED": "unknown",
    "<synthetic>": "unknown",
    "n/a": "unknown",
    "other": "other",
    "'; drop table models; --": "unknown/-drop-table-models---",
    "<script>alert(1)</script>": "unknown/-script-alert-1-/script-",
    "x" * 10_000: "unknown/" + "x" * 120,
    "a\tb\nc": "unknown/a-b-c",
    "ft:gpt-4o-2024-08-06:acme::1": "unknown/ft:gpt-4o-2024-08-06:acme::1",
    "glm-4-32b": "unknown/glm-4-32b",
    "acme/gpt-4o": "unknown/acme/gpt-4o",
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


# One worker: they share one build.
pytestmark = pytest.mark.xdist_group("name resolution")


def column(pattern: str, name: str) -> list[str]:
    return [row[name] for path in sorted(DATA.glob(pattern)) for row in rows(path)]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Every test name through the dbt models alone, over a stand-in for the names of the logs."""
    folder = tmp_path_factory.mktemp("resolution")
    names = {*MUST_RESOLVE, *HOSTILE, "deepseek-chat"}
    names.update(column("aider/*.csv", "main_model"))
    names.update(column("openrouter_rankings/*.csv", "model_permaslug"))
    names.update(column("registry/price_history_scd2.csv", "model"))
    names.update(column("registry/models_dev_flat.csv", "model"))
    with (folder / "names.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, quoting=csv.QUOTE_ALL)
        writer.writerow(["raw_model"])
        writer.writerows([name] for name in sorted(names))
    for part in ("seeds", "models/staging/registry", "models/intermediate/models"):
        shutil.copytree(
            PROJECT / part, folder / part, ignore=shutil.ignore_patterns("*.yml", "*.yaml")
        )
    for part in ("macros/names", "macros/engine"):
        shutil.copytree(PROJECT / part, folder / part, ignore=shutil.ignore_patterns("*.yml"))
    (folder / "models" / "intermediate" / "int_model_names.sql").write_text(
        "select coalesce(raw_model, '') as raw_model from read_csv("
        f"'{folder / 'names.csv'}', header = true, all_varchar = true, quote = '\"', "
        "escape = '\"', max_line_size = 1000000)\n",
        encoding="utf-8",
    )
    project = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    seeds = project[project.index("\nseeds:") :]
    (folder / "dbt_project.yml").write_text(
        "name: llm_usage\nversion: 0.1.0\nconfig-version: 2\nprofile: resolution\n"
        "flags:\n  send_anonymous_usage_stats: false\n" + seeds,
        encoding="utf-8",
    )
    (folder / "profiles.yml").write_text(
        "resolution:\n  target: duckdb\n  outputs:\n    duckdb:\n      type: duckdb\n"
        f"      path: {folder / 'names.duckdb'}\n      threads: 1\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "build"]
    done = subprocess.run(
        [*command, "--project-dir", str(folder), "--profiles-dir", str(folder)],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(folder / "names.duckdb"), read_only=True) as connection:
        yield connection


def table(warehouse: duckdb.DuckDBPyConnection, name: str) -> str:
    """The table with its schema."""
    (schema,) = warehouse.execute(
        "select table_schema from information_schema.tables where table_name = ?", [name]
    ).fetchone()
    return f"{schema}.{name}"


@pytest.fixture(scope="module")
def resolved(warehouse: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, object]]]:
    """The windows of every name, by day."""
    cursor = warehouse.execute(
        "select raw_model, cast(valid_from as varchar) as valid_from, "
        "cast(valid_to as varchar) as valid_to, model_id, variant, provider_hint, is_known "
        f"from {table(warehouse, 'int_model_names_resolved')} order by raw_model, valid_from"
    )
    columns = [item[0] for item in cursor.description]
    found: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in cursor.fetchall():
        found[row[0]].append(dict(zip(columns, row, strict=True)))
    return dict(found)


def on_day(resolved: dict[str, list[dict[str, object]]], name: str, day: str) -> dict[str, object]:
    matching = [row for row in resolved[name] if row["valid_from"] <= day < row["valid_to"]]
    assert len(matching) == 1, (name, day, matching)
    return matching[0]


def test_every_cell_of_a_seed_arrives_in_its_table(warehouse) -> None:
    for path in sorted((PROJECT / "seeds").rglob("*.csv")):
        name = table(warehouse, path.stem)
        columns = warehouse.execute(f"select column_name, column_type from (describe {name})")
        types = dict(columns.fetchall())
        written = [
            tuple(
                # 0 and 0.0 are one number; all else is compared sign by sign.
                str(float(cell)) if types[column] == "DOUBLE" and cell else cell
                for column, cell in row.items()
            )
            for row in rows(path)
        ]
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        values = warehouse.execute(
            f"select {', '.join(f'cast({column} as varchar)' for column in header)} from {name}"
        ).fetchall()
        loaded = [
            tuple(
                "" if cell is None else str(float(cell)) if types[column] == "DOUBLE" else cell
                for column, cell in zip(header, row, strict=True)
            )
            for row in values
        ]
        assert sorted(loaded) == sorted(written), path.name


def test_names_of_every_gateway_resolve(resolved) -> None:
    found = {name: on_day(resolved, name, "2026-08-01")["model_id"] for name in MUST_RESOLVE}
    assert found == MUST_RESOLVE


def test_hostile_empty_and_ambiguous_names_become_unknown(resolved) -> None:
    found = {name: on_day(resolved, name, "2026-08-01")["model_id"] for name in HOSTILE}
    assert found == HOSTILE


def test_variants_and_providers_are_read_from_the_name(resolved) -> None:
    free = on_day(resolved, "tencent/hy3-20260706:free", "2026-08-01")
    assert (free["variant"], free["provider_hint"]) == ("free", None)
    beta = on_day(resolved, "openrouter/anthropic/claude-3.5-sonnet:beta", "2026-08-01")
    assert (beta["variant"], beta["provider_hint"]) == ("beta", "openrouter")


@pytest.mark.parametrize(
    ("day", "model_id"),
    [
        ("2024-08-01", "deepseek/deepseek-v2"),
        ("2024-12-25", "deepseek/deepseek-chat-v2.5"),
        ("2024-12-26", "deepseek/deepseek-chat-v3"),
        ("2025-03-24", "deepseek/deepseek-chat-v3-0324"),
        ("2025-08-21", "deepseek/deepseek-chat-v3.1"),
        ("2025-09-28", "deepseek/deepseek-v3.1-terminus"),
        ("2025-09-29", "deepseek/deepseek-v3.2-exp"),
        ("2025-12-01", "deepseek/deepseek-v3.2"),
    ],
)
def test_deepseek_chat_means_another_model_by_day(resolved, day: str, model_id: str) -> None:
    assert on_day(resolved, "deepseek-chat", day)["model_id"] == model_id


def test_the_days_of_every_name_join_without_gap_or_overlap(resolved) -> None:
    for name, windows in resolved.items():
        assert windows[0]["valid_from"] == "1970-01-01", name
        assert windows[-1]["valid_to"] == "9999-12-31", name
        for window, following in pairwise(windows):
            assert window["valid_to"] == following["valid_from"], name


def test_python_and_sql_read_every_name_alike(resolved) -> None:
    resolver = Resolver(NameRules.read(SEEDS))
    for row in rows(SEEDS / "registry_models.csv"):
        resolver.add_model(row["model_id"])
    register(resolver, rows(SEEDS / "registry_model_aliases.csv"))
    different = {}
    for name, windows in resolved.items():
        in_sql = [
            (row["valid_from"], row["valid_to"], row["model_id"])
            for row in windows
            if row["is_known"]
        ]
        in_python = [] if HOSTILE.get(name) in ("unknown", "other") else resolver.windows(name)
        if in_sql != [tuple(window) for window in in_python]:
            different[name[:80]] = (in_sql, in_python)
    assert different == {}


@pytest.mark.skipif(not (DATA / "aider").is_dir(), reason=f"no Aider log at {DATA / 'aider'}")
def test_97_percent_of_unredacted_aider_requests_resolve(resolved) -> None:
    counts = Counter(
        (row["main_model"], row["time_utc"][:10])
        for path in sorted(DATA.glob("aider/*.csv"))
        for row in rows(path)
        if not row["main_model"].endswith("REDACTED") and row["main_model"] != "None"
    )
    known = sum(
        count for (name, day), count in counts.items() if on_day(resolved, name, day)["is_known"]
    )
    assert known / counts.total() >= 0.97


@pytest.mark.skipif(
    not (DATA / "openrouter_rankings").is_dir(),
    reason=f"no rankings at {DATA / 'openrouter_rankings'}",
)
def test_99_percent_of_ranked_tokens_resolve(resolved) -> None:
    tokens: Counter[bool] = Counter()
    for path in sorted(DATA.glob("openrouter_rankings/*.csv")):
        for row in rows(path):
            if row["model_permaslug"] != "other":
                window = on_day(resolved, row["model_permaslug"], row["date"])
                tokens[bool(window["is_known"])] += int(row["total_tokens"])
    assert tokens[True] / tokens.total() >= 0.99


@pytest.mark.skipif(
    not (DATA / "registry").is_dir(), reason=f"no price history at {DATA / 'registry'}"
)
def test_a_random_sample_of_price_keys_resolves_to_its_author(resolved) -> None:
    """100 chat keys of the price history (seed 20261121), their authors judged by hand."""
    sample = rows(SAMPLE)
    assert len(sample) == 100
    verdicts: Counter[str] = Counter()
    for row in sample:
        authors = {
            str(window["model_id"]).partition("/")[0]
            for window in resolved[row["key"]]
            if window["is_known"]
        }
        if not authors:
            verdicts["unresolved"] += 1
        else:
            verdicts["right" if authors == {row["expected_author"]} else "wrong"] += 1
    assert verdicts["wrong"] == 0
    assert verdicts["right"] >= 95


@pytest.mark.parametrize(
    ("slug", "key"),
    [
        ("Llama-v3p1-8B-Instruct", "llama3-1-8b-instruct"),
        ("llama3.1:8b", "llama3-1-8b"),
        ("Meta-Llama-3_3-70B", "meta-llama3-3-70b"),
        ("gpt-4.1", "gpt4-1"),
        ("gpt-41", "gpt41"),
        ("qwen-2.5-7b", "qwen2-5-7b"),
        ("qwen2-57b", "qwen2-57b"),
        ("--x--", "x"),
    ],
)
def test_keys_join_spellings_but_keep_versions_apart(slug: str, key: str) -> None:
    assert model_key(slug) == key
