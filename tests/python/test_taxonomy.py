"""The tags' places: the taxonomy complete and exact, every rule of the study kept."""

import csv
from pathlib import Path

import pytest
from conftest import ROOT

SEEDS = ROOT / "seeds" / "taxonomy"


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_taxonomy_is_the_published_one_to_the_letter(shared_data: Path) -> None:
    published = shared_data / "taxonomy" / "google_nlp_v1_categories.txt"
    paths = published.read_text(encoding="utf-8").splitlines()
    assert [row["tag"] for row in seed("google_nlp_v1")] == sorted(paths)


def test_every_task_tag_of_the_published_list_has_a_place(shared_data: Path) -> None:
    published = shared_data / "taxonomy" / "openrouter_task_tags_2026.csv"
    with published.open(encoding="utf-8", newline="") as stream:
        tags = {row["tag"] for row in csv.DictReader(stream)}
    assert tags == {row["tag"] for row in seed("further_tags") if row["tag"][0] != "/"}


def test_the_lists_are_sorted_and_name_no_tag_twice() -> None:
    listed = [row["tag"] for row in seed("google_nlp_v1")]
    further = [row["tag"] for row in seed("further_tags")]
    assert len(listed) == 620
    assert listed == sorted(set(listed))
    assert further == sorted(set(further) - set(listed))


@pytest.mark.parametrize(
    ("bucket", "roots"),
    [
        ("programming", ["/Computers & Electronics/Programming", "/Science/Computer Science"]),
        ("translation", ["/Reference/Language Resources"]),
        ("general_qa", ["/Reference/General Reference", "/News"]),
        ("education", ["/Jobs & Education/Education"]),
        ("adult", ["/Adult"]),
    ],
)
def test_a_bucket_of_the_study_holds_its_paths_and_no_other(bucket: str, roots: list[str]) -> None:
    held = {row["tag"] for row in seed("google_nlp_v1") if row["study_category"] == bucket}
    assert held == {
        row["tag"]
        for row in seed("google_nlp_v1")
        if any((row["tag"] + "/").startswith(root + "/") for root in roots)
    }


def test_tags_that_the_charts_show_stand_where_they_show_them() -> None:
    places = {row["tag"]: row["category"] for row in seed("google_nlp_v1") + seed("further_tags")}
    shown = {
        "/Computers & Electronics/Programming": "programming",
        "/Games/Roleplaying Games": "roleplay",
        "/Books & Literature/Writers Resources": "roleplay",
        "/Adult": "roleplay",
        "/Reference/Language Resources/Foreign Language Resources": "translation",
        "/Science/Computer Science/Machine Learning & Artificial Intelligence": "science",
        "/Computers & Electronics/Software/Business & Productivity Software": "technology",
        "/Finance/Investing/Currencies & Foreign Exchange": "finance",
        "/Finance/Accounting & Auditing": "finance",
        "/Business & Industrial/Business Services/Writing & Editing Services": "academia",
        "/Law & Government/Government": "legal",
        "/Law & Government/Legal": "legal",
        "/Business & Industrial/Advertising & Marketing": "marketing",
        "/Internet & Telecom/Web Services/Search Engine Optimization & Marketing": "seo",
    }
    assert {tag: places[tag] for tag in shown} == shown
