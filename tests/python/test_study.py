"""The study's seeds: every id of its catalogue, each with values that can be looked up."""

import csv
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from conftest import ROOT

CATALOGUE = Path(os.environ.get("LLM_USAGE_SHARED", ROOT.parent / "shared")) / "study" / "study.md"
SECTIONS = {"O": 23, "C": 8, "A": 9, "K": 12, "P": 6, "G": 26, "R": 5, "E": 13, "D": 1}


def seed(folder: str, name: str) -> list[dict[str, str]]:
    with (ROOT / "seeds" / folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def findings() -> list[dict[str, str]]:
    return seed("study", "study_findings")


@pytest.fixture(scope="module")
def values() -> list[dict[str, str]]:
    return seed("study", "study_values")


def subjects(values: list[dict[str, str]], kind: str) -> set[str]:
    of_kind = [row["subject"] for row in values if row["subject_kind"] == kind]
    return {subject for joined in of_kind for subject in joined.split(" + ")}


def test_the_findings_are_all_of_the_study_in_its_order(findings: list[dict[str, str]]) -> None:
    ids = [f"{section}{place}" for section, count in SECTIONS.items() for place in _to(count)]
    assert len(ids) == 103
    assert sorted(row["finding_id"] for row in findings) == sorted(ids)
    assert [int(row["position"]) for row in findings] == list(_to(103))
    for section in SECTIONS:
        places = [int(row["finding_id"][1:]) for row in findings if row["finding_id"][0] == section]
        assert places == list(_to(SECTIONS[section])), section


def _to(last: int) -> range:
    return range(1, last + 1)


@pytest.mark.skipif(not CATALOGUE.is_file(), reason=f"the study's catalogue is not at {CATALOGUE}")
def test_the_findings_are_those_of_the_catalogue(findings: list[dict[str, str]]) -> None:
    published = CATALOGUE.read_text(encoding="utf-8").partition("## 3. Published values")[2]
    published = published.partition("\n## ")[0]
    ids: list[str] = []
    for cell in re.findall(r"^\| ([A-Z]\d+(?:–[A-Z]?\d+)?) \|", published, flags=re.MULTILINE):
        first, _, last = cell.partition("–")
        section, start = first[0], int(first[1:])
        stop = int(last.lstrip(section)) if last else start
        ids += [f"{section}{place}" for place in range(start, stop + 1)]
    assert Counter(ids) == Counter(row["finding_id"] for row in findings)


def test_every_finding_has_one_headline_and_parts_that_are_judged(
    findings: list[dict[str, str]], values: list[dict[str, str]]
) -> None:
    headlines = Counter(row["finding_id"] for row in values if row["is_headline"] == "true")
    assert headlines == Counter(row["finding_id"] for row in findings)
    assert all(row["comparison"] != "reported" for row in values if row["is_headline"] == "true")


def test_where_the_study_contradicts_itself_both_values_stand(
    findings: list[dict[str, str]], values: list[dict[str, str]]
) -> None:
    contradictory = {row["finding_id"] for row in findings if row["contradiction"]}
    for row in values:
        assert bool(row["other_published_value"]) <= bool(row["followed"]), row["finding_id"]
        assert bool(row["other_published_value"]) == bool(row["other_source"]), row["finding_id"]
        assert not row["followed"] or row["finding_id"] in contradictory, row["finding_id"]


def test_every_key_of_a_finding_is_known_to_the_other_seeds(values: list[dict[str, str]]) -> None:
    countries = seed("geography", "countries")
    tags = seed("taxonomy", "google_nlp_v1") + seed("taxonomy", "further_tags")
    assert subjects(values, "model") <= {
        row["model_id"] for row in seed("registry", "registry_models")
    }
    assert subjects(values, "author") <= {
        row["author"] for row in seed("registry", "registry_authors")
    }
    assert subjects(values, "country") <= {row["country_code"] for row in countries}
    assert subjects(values, "continent") <= {row["continent"] for row in countries}
    assert subjects(values, "language") <= {
        row["language"] for row in seed("geography", "languages")
    }
    assert subjects(values, "category") <= {row["category"] for row in tags}


def test_every_tag_of_a_finding_stands_in_its_category(values: list[dict[str, str]]) -> None:
    listed = seed("taxonomy", "google_nlp_v1") + seed("taxonomy", "further_tags")
    places = {row["tag"]: row["category"] for row in listed}
    for row in values:
        if row["subject_kind"] == "tag":
            for tag in row["subject"].split(" + "):
                nearest = max(known for known in places if f"{tag}/".startswith(f"{known}/"))
                assert places[nearest] == row["category"], tag


def test_table_1_sums_to_what_levels_are_scaled_to(values: list[dict[str, str]]) -> None:
    table = [row for row in values if row["unit"] == "trillion_tokens"]
    assert len(table) == 10
    assert sum(float(row["published_value"]) for row in table) == pytest.approx(33.80)


def test_every_part_is_computed_somewhere(values: list[dict[str, str]]) -> None:
    folder = ROOT / "models" / "intermediate" / "study"
    sql = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.sql"))
    # Those that are computed by joining the seed are found by what they are about.
    for row in values:
        assert row["subject_kind"] or row["finding_id"] in sql, row["finding_id"]
        assert row["subject_kind"] or f"'{row['part']}'" in sql, (row["finding_id"], row["part"])
