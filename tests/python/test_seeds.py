"""A seed that is wrong is named with its line, before anything is built."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT

from llm_usage.errors import UsageError
from llm_usage.seeds import check_seeds

PRICES = "registry/registry_prices.csv"
WEIGHTS = "registry/registry_model_weights.csv"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    shutil.copy(ROOT / "dbt_project.yml", tmp_path)
    return tmp_path


def test_the_seeds_are_sound() -> None:
    check_seeds(ROOT)


def cell(line: str, place: int, value: str) -> str:
    cells = line.split(",")
    cells[place] = value
    return ",".join(cells)


@pytest.mark.parametrize(
    ("seed", "change", "line", "said"),
    [
        (PRICES, lambda row: cell(row, 4, "0.9 USD"), 3, "which is no double"),
        (PRICES, lambda row: cell(row, 4, "NaN"), 3, "which is no double"),
        (PRICES, lambda row: cell(row, 2, "2025-02-29"), 3, "which is no date"),
        (PRICES, lambda row: cell(row, 2, "20250201"), 3, "which is no date"),
        (PRICES, lambda row: cell(row, 9, "yes"), 3, "which is no boolean"),
        (PRICES, lambda row: cell(row, 2, "2031-01-01"), 3, "is not after `valid_from`"),
        (PRICES, lambda row: f"{row}\n{row}", 4, "while that of line 3 still is"),
        (PRICES, lambda row: f"{row},more", 3, "12 cells for 11 columns"),
        (PRICES, lambda row: cell(row, 2, ""), 3, "`valid_from` is empty"),
        (WEIGHTS, lambda row: f"{row}\n{row}", 4, "stands in line 3 already"),
        (WEIGHTS, lambda row: cell(row, 0, ""), 3, "`model_id` is empty"),
        ("registry/registry_models.csv", lambda row: f"{row}\n{row}", 4, "stands in line 3"),
        ("geography/countries.csv", lambda row: f"{row}\n{row}", 4, "stands in line 3 already"),
        ("geography/working_age_population.csv", lambda row: cell(row, 1, "1e3"), 3, "no bigint"),
    ],
)
def test_a_wrong_line_is_named(
    project: Path, seed: str, change: Callable[[str], str], line: int, said: str
) -> None:
    file = project / "seeds" / seed
    lines = file.read_text(encoding="utf-8").split("\n")
    lines[2] = change(lines[2])
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        check_seeds(project)
    assert f"seeds/{seed}, line {line}: " in str(refused.value)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_other_columns_than_declared_and_other_bytes_are_named(project: Path) -> None:
    file = project / "seeds" / WEIGHTS
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("valid_from", "valid", 1), encoding="utf-8")
    with pytest.raises(UsageError, match="line 1: its columns are model_id, weights_class, valid,"):
        check_seeds(project)
    file.write_bytes(text.encode() + b"\xff\xfe")
    with pytest.raises(UsageError, match=r"registry_model_weights\.csv: not readable"):
        check_seeds(project)
