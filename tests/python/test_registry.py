"""The refresh of the registry seeds: deterministic, sourced, and clear when a file is missing."""

import csv
import os
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from llm_usage.registry import RegistryError, refresh
from llm_usage.registry.models import family, size_in_name
from llm_usage.registry.prices import Price, _uncovered, per_million

PROJECT = Path(__file__).resolve().parents[2]
SEEDS = PROJECT / "seeds" / "registry"
SHARED = Path(os.environ.get("LLM_USAGE_SHARED", PROJECT.parent / "shared"))
REGISTRY = SHARED / "data" / "registry"

needs_registries = pytest.mark.skipif(
    not REGISTRY.is_dir(), reason=f"the downloaded registries are not at {REGISTRY}"
)


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture
def seeds_copy(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    shutil.copytree(SEEDS, folder)
    return folder


@needs_registries
def test_refresh_writes_the_committed_seeds_byte_for_byte(seeds_copy: Path) -> None:
    lines = refresh(REGISTRY, seeds_copy)
    assert all(": unchanged, " in line for line in lines), lines
    for path in SEEDS.glob("*.csv"):
        assert path.read_bytes() == (seeds_copy / path.name).read_bytes(), path.name


@needs_registries
def test_refresh_reports_added_removed_and_changed_keys(seeds_copy: Path) -> None:
    path = seeds_copy / "registry_authors.csv"
    text = path.read_text(encoding="utf-8")
    text = text.replace("\nanthropic,Anthropic,US", "\nanthropic,Anthropic,CA")
    text = text.replace("\nopenai,OpenAI", "\nopenai-gone,OpenAI")
    path.write_text(text, encoding="utf-8")
    lines = refresh(REGISTRY, seeds_copy)
    assert "registry_authors: 1 added: openai" in lines
    assert "registry_authors: 1 removed: openai-gone" in lines
    assert "registry_authors: 1 changed: anthropic" in lines


@needs_registries
@pytest.mark.parametrize(
    "name",
    ["models_dev_flat.csv", "epoch_models.csv", "openrouter_providers_2026-08-08.json"],
)
def test_a_missing_source_is_one_line_that_names_the_file(
    name: str, tmp_path: Path, seeds_copy: Path
) -> None:
    downloads = tmp_path / "downloads"
    shutil.copytree(REGISTRY, downloads)
    (downloads / name).unlink()
    before = {path.name: path.read_bytes() for path in seeds_copy.glob("*.csv")}
    with pytest.raises(RegistryError) as caught:
        refresh(downloads, seeds_copy)
    assert name.rsplit("_", 1)[0] in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert before == {path.name: path.read_bytes() for path in seeds_copy.glob("*.csv")}


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="nowhere"):
        refresh(tmp_path / "nowhere", SEEDS)


def test_seeds_are_small_sorted_and_of_one_line_ending() -> None:
    for path in SEEDS.glob("*.csv"):
        content = path.read_bytes()
        assert len(content) < 1_000_000, path.name
        assert b"\r" not in content, path.name
        assert content.endswith(b"\n"), path.name


def test_the_registry_is_as_wide_as_promised() -> None:
    models = seed("registry_models")
    assert sum(row["modality"] == "text" for row in models) >= 700
    assert len(seed("registry_authors")) >= 120
    ids = {row["model_id"] for row in models}
    assert {
        "anthropic/claude-2.1",
        "anthropic/claude-3.5-sonnet",
        "deepseek/deepseek-coder",
        "google/gemini-2.0-flash-001",
        "google/gemini-exp-1206",
        "openai/gpt-4-0613",
        "openai/gpt-4o-2024-08-06",
        "openai/o1-preview",
    } <= ids


def test_every_value_names_its_source() -> None:
    for name in ("models", "model_weights", "authors", "providers", "prices", "model_aliases"):
        for row in seed(f"registry_{name}"):
            assert row["source"], (name, row)
    for row in seed("registry_models"):
        if row["parameters_total_b"]:
            assert row["parameters_source"], row["model_id"]
        if row["is_reasoning_model"]:
            assert row["reasoning_source"], row["model_id"]


def test_prices_do_not_overlap_and_are_exact_decimals() -> None:
    last: dict[tuple[str, str], str] = {}
    for row in seed("registry_prices"):
        key = (row["model_id"], row["provider"])
        assert last.get(key, "") != "open", key
        assert row["valid_from"] >= last.get(key, ""), key
        assert row["valid_to"] == "" or row["valid_to"] > row["valid_from"], key
        last[key] = row["valid_to"] or "open"
        for column, text in row.items():
            if column.endswith("_usd_per_million") and text:
                assert "e" not in text.lower(), row
                assert -Decimal(text).as_tuple().exponent <= 12, row


@pytest.mark.parametrize(
    ("per_token", "expected"),
    [
        ("1.4e-07", "0.14"),
        ("3e-06", "3"),
        ("0.00000008333333333333333", "0.083333333333"),
        ("0", "0"),
        ("", ""),
        ("-1", ""),
        ("nan", ""),
        ("1", ""),
        ("free", ""),
    ],
)
def test_a_price_per_token_is_read_without_float_noise(per_token: str, expected: str) -> None:
    assert per_million(per_token) == expected


def test_a_second_spelling_adds_only_the_days_that_the_first_leaves_open() -> None:
    def price(start: str, end: str) -> Price:
        return Price("acme/lm", "acme", start, end, ("1", "", "", "2", ""), "test")

    kept = [price("2025-02-01", "2025-03-01"), price("2025-04-01", "")]
    found = [(part.valid_from, part.valid_to) for part in _uncovered(price("2025-01-01", ""), kept)]
    assert found == [("2025-01-01", "2025-02-01"), ("2025-03-01", "2025-04-01")]


@pytest.mark.parametrize(
    ("slug", "total", "active"),
    [
        ("qwen3-30b-a3b", "30", "3"),
        ("llama-3.1-405b-instruct", "405", ""),
        ("mixtral-8x22b-instruct", "", ""),
        ("gemma-3n-e4b-it", "", ""),
        ("llama-4-maverick-17b-128e-instruct", "", ""),
        ("kokoro-82m", "0.082", ""),
        ("qwen3-0.6b", "0.6", ""),
        ("claude-3.5-sonnet", "", ""),
        ("sonar-small-128k-online", "", ""),
    ],
)
def test_sizes_are_read_from_names_but_not_their_traps(slug: str, total: str, active: str) -> None:
    assert size_in_name(slug) == (total, active)


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("claude-3.5-sonnet", "claude"),
        ("gpt-oss-120b", "gpt-oss"),
        ("gpt-4o-mini", "gpt"),
        ("o3-mini", "o-series"),
        ("llama-3.3-70b-instruct", "llama"),
        ("qwen3-coder", "qwen"),
    ],
)
def test_families(slug: str, expected: str) -> None:
    assert family(slug) == expected


def test_known_disagreements_are_settled_with_a_reason() -> None:
    overrides = {
        (row["key"], row["valid_from"]): row["value"] for row in seed("registry_overrides")
    }
    for row in seed("registry_overrides"):
        assert row["reason"] and row["source"], row
    assert overrides[("moonshotai/kimi-k3", "2026-07-16")] == "closed"
    assert overrides[("moonshotai/kimi-k3", "2026-08-08")] == "open"
    weights = {row["model_id"]: row["weights_class"] for row in seed("registry_model_weights")}
    for model_id in (
        "mistralai/magistral-small-2506",
        "bytedance/seed-oss-36b-instruct",
        "ai21/jamba-mini-1.7",
        "meta-llama/llama-3.3-70b-instruct",
    ):
        assert weights[model_id] == "open", model_id
    assert weights["anthropic/claude-2"] == "closed"
    assert weights["openrouter/owl-alpha"] == "unknown"


def test_namibia_and_taiwan_are_read_as_countries() -> None:
    authors = {row["author"]: row for row in seed("registry_authors")}
    assert authors["mediatek-research"]["country_code"] == "TW"
    assert authors["mediatek-research"]["origin"] == "china"
    assert authors["openrouter"]["origin"] == "unknown"
    assert authors["tngtech"]["origin"] == "rest_of_world"
