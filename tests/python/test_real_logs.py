"""The two real data sets, built end to end and compared with plain Python over the raw files."""

import collections
import csv
import datetime
from pathlib import Path

import pytest
from conftest import ROOT, Warehouse
from log_files import real_logs

# One worker: they share one build.
pytestmark = pytest.mark.xdist_group("real logs")

JULY_2026_TOKENS = 248_392_250_919_283

# Who made what the Aider log names, read by hand from its unredacted names.
AUTHOR_BY_FRAGMENT = {
    "claude": "anthropic",
    "deepseek": "deepseek",
    "gemma": "google",
    "gemini": "google",
    "gpt": "openai",
    "o1": "openai",
    "o3": "openai",
    "qwen": "qwen",
    "mistral": "mistralai",
    "codestral": "mistralai",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("real"), data_tests=True)
    warehouse.build(real_logs(shared_data))
    return warehouse


@pytest.fixture(scope="module")
def aider(shared_data: Path) -> list[dict[str, str]]:
    """The log's records, each equal one once (it has no request id)."""
    (path,) = (shared_data / "aider").glob("*.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    read = ["time_utc", "user_id", "main_model", "prompt_tokens", "completion_tokens", "cost"]
    return list({tuple(row[name] for name in read): row for row in rows}.values())


@pytest.fixture(scope="module")
def rankings(shared_data: Path) -> list[tuple[datetime.date, str, int]]:
    (path,) = (shared_data / "openrouter_rankings").glob("*.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            (
                datetime.date.fromisoformat(row["date"]),
                row["model_permaslug"],
                int(row["total_tokens"]),
            )
            for row in csv.DictReader(stream)
        ]


@pytest.fixture(scope="module")
def slugs(shared_data: Path) -> dict[str, str]:
    """Model by permanent slug, from the downloaded registry and not through the project."""
    path = shared_data / "registry" / "assembled_openrouter_registry.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        found = {row["permaslug"]: row["slug"] for row in csv.DictReader(stream)}
    return found | {"other": "other"}


def seed(name: str) -> list[dict[str, str]]:
    with (ROOT / "seeds" / "registry" / f"{name}.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_every_raw_record_is_counted(built: Warehouse, shared_data: Path) -> None:
    raw = {}
    for gateway, folder in [("aider", "aider"), ("openrouter_public", "openrouter_rankings")]:
        (path,) = (shared_data / folder).glob("*.csv")
        with path.open(encoding="utf-8", newline="") as stream:
            raw[gateway] = sum(1 for _ in csv.DictReader(stream))
    counted = built.query(
        "select gateway, sum(raw_records), sum(accepted_records + rejected_records + "
        "duplicate_records) from data_quality_daily group by gateway"
    )
    assert {gateway: (read, parts) for gateway, read, parts in counted} == {
        gateway: (count, count) for gateway, count in raw.items()
    }


def test_the_one_record_logged_twice_is_a_duplicate(
    built: Warehouse, aider: list[dict[str, str]]
) -> None:
    assert len(aider) == 2635
    assert built.query(
        "select sum(accepted_records), sum(rejected_records), sum(duplicate_records) "
        "from data_quality_daily where gateway = 'aider'"
    ) == [(2635, 0, 1)]


def test_july_2026_sums_to_the_published_total(built: Warehouse) -> None:
    assert built.query(
        "select sum(tokens) from fct_usage_daily where population = 'openrouter' "
        "and usage_date between date '2026-07-01' and date '2026-07-31'"
    ) == [(JULY_2026_TOKENS,)]


def test_weekly_shares_of_the_rankings(
    built: Warehouse,
    rankings: list[tuple[datetime.date, str, int]],
    slugs: dict[str, str],
) -> None:
    author_of = {row["model_id"]: row["author"] for row in seed("registry_models")}
    origin_of = {row["author"]: row["origin"] for row in seed("registry_authors")}
    judgements = collections.defaultdict(list)
    for row in seed("registry_model_weights"):
        judgements[row["model_id"]].append((row["valid_from"], row["weights_class"]))
    corrected = collections.defaultdict(list)
    for row in seed("registry_overrides"):
        if row["entity"] == "weights":
            corrected[row["key"]].append((row["valid_from"], row["value"]))
    judgements |= corrected

    def classify(name: str, day: datetime.date) -> tuple[str, str]:
        model = slugs[name.partition(":")[0]]
        found = sorted(judgements.get(model, []))
        known = [weights for since, weights in found if since <= day.isoformat()]
        weights = known[-1] if known else (found[0][1] if found else "unknown")
        return weights, origin_of.get(author_of.get(model, ""), "unknown")

    weeks: dict[datetime.date, collections.Counter[tuple[str, str]]]
    weeks = collections.defaultdict(collections.Counter)
    for day, name, tokens in rankings:
        weeks[day - datetime.timedelta(days=day.weekday())][classify(name, day)] += tokens
    expected = {
        (week, *group): tokens / sum(groups.values())
        for week, groups in weeks.items()
        for group, tokens in groups.items()
    }
    found = {
        (week, weights, origin): share
        for week, weights, origin, share in built.query(
            "select week_start, weights_class, origin, token_share from source_shares_weekly "
            "where population = 'openrouter'"
        )
    }
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, rel=1e-9)


def test_author_totals_and_spend_of_the_aider_log(
    built: Warehouse, aider: list[dict[str, str]]
) -> None:
    tokens: collections.Counter[str] = collections.Counter()
    spend: dict[str, float] = collections.defaultdict(float)
    for row in aider:
        name = row["main_model"].lower()
        author = "unknown"
        if "redacted" not in name and name != "none":
            author = next(
                author
                for fragment, author in AUTHOR_BY_FRAGMENT.items()
                if fragment in name.replace("deepseek/", "deepseek-")
            )
        tokens[author] += int(row["prompt_tokens"]) + int(row["completion_tokens"])
        spend[author] += float(row["cost"])
    found = built.query(
        "select author, sum(tokens), sum(spend_usd) from author_totals "
        "where population = 'own' group by author"
    )
    assert {author: total for author, total, _ in found} == dict(tokens)
    assert {author: usd for author, _, usd in found} == pytest.approx(dict(spend), rel=1e-9)


def test_open_and_chinese_shares_of_the_aider_log(
    built: Warehouse, aider: list[dict[str, str]]
) -> None:
    weeks: dict[datetime.date, collections.Counter[str]]
    weeks = collections.defaultdict(collections.Counter)
    for row in aider:
        instant = datetime.datetime.fromisoformat(row["time_utc"])
        day = instant.astimezone(datetime.UTC).date()
        week = weeks[day - datetime.timedelta(days=day.weekday())]
        tokens = int(row["prompt_tokens"]) + int(row["completion_tokens"])
        week["all"] += tokens
        name = row["main_model"].lower()
        if "redacted" not in name and ("deepseek" in name or "qwen" in name):
            week["chinese"] += tokens
    found = dict(
        built.query(
            "select week_start, sum(case when origin = 'china' then token_share else 0 end) "
            "from source_shares_weekly where population = 'own' group by week_start"
        )
    )
    assert found == pytest.approx(
        {week: counts["chinese"] / counts["all"] for week, counts in weeks.items()}, rel=1e-9
    )


def test_concentration_of_the_rankings(
    built: Warehouse,
    rankings: list[tuple[datetime.date, str, int]],
    slugs: dict[str, str],
) -> None:
    weeks: dict[datetime.date, collections.Counter[str]]
    weeks = collections.defaultdict(collections.Counter)
    for day, name, tokens in rankings:
        weeks[day - datetime.timedelta(days=day.weekday())][slugs[name.partition(":")[0]]] += tokens
    found = {
        week: values
        for week, *values in built.query(
            "select week_start, top1_share, top3_share, hhi, effective_models, "
            "models_over_5_percent from concentration_weekly "
            "where population = 'openrouter' and scope = 'all'"
        )
    }
    assert found.keys() == weeks.keys()
    for week, tokens in weeks.items():
        total = tokens.total()
        shares = sorted(
            (count / total for model, count in tokens.items() if model != "other"), reverse=True
        )
        hhi = sum(share**2 for share in shares)
        assert found[week] == pytest.approx(
            [shares[0], sum(shares[:3]), hhi, 1 / hhi, sum(s >= 0.05 for s in shares)], rel=1e-9
        )


def test_names_resolve_as_far_as_promised(
    built: Warehouse, aider: list[dict[str, str]], rankings: list[tuple[datetime.date, str, int]]
) -> None:
    known = {
        name
        for (name,) in built.query(
            "select distinct raw_model from intermediate.int_usage_priced where is_known"
        )
    }
    readable = [
        row["main_model"]
        for row in aider
        if "REDACTED" not in row["main_model"] and row["main_model"] != "None"
    ]
    assert sum(name in known for name in readable) / len(readable) >= 0.97
    named = [(name, tokens) for _, name, tokens in rankings if name != "other"]
    resolved = sum(tokens for name, tokens in named if name in known)
    assert resolved / sum(tokens for _, tokens in named) >= 0.99


def test_names_that_do_not_resolve_are_listed(
    built: Warehouse, aider: list[dict[str, str]]
) -> None:
    redacted = {
        row["main_model"]
        for row in aider
        if "REDACTED" in row["main_model"] or row["main_model"] == "None"
    }
    listed = {name for (name,) in built.query("select raw_model from unmapped_models")}
    assert redacted <= listed


def test_the_scorecard_says_what_the_logs_lack_and_never_reproduces_what_needs_it(
    built: Warehouse,
) -> None:
    with (ROOT / "seeds" / "study" / "study_findings.csv").open(encoding="utf-8") as stream:
        needs = {row["finding_id"]: row["needs"] for row in csv.DictReader(stream)}
    cards = built.query(
        "select population, finding_id, verdict, computed_value, reason from study_scorecard"
    )
    assert len(cards) == 2 * 103
    lacking = {
        "own": {"tags", "countries", "languages", "tool_calls", "scale"},
        "openrouter": {"requests", "accounts", "tags", "countries", "languages", "spend", "scale"},
    }
    for population, finding_id, verdict, computed_value, reason in cards:
        missing = lacking[population] & set(needs[finding_id].split(", "))
        assert (verdict == "not_computable") == (reason is not None), finding_id
        assert not missing or verdict == "not_computable", (population, finding_id)
        assert not missing or computed_value is None, (population, finding_id)
    reasons = {(population, finding_id): reason for population, finding_id, _, _, reason in cards}
    assert reasons["own", "C1"] == "no complete week with classified requests"
    assert reasons["own", "G3"] == "no countries"
    assert reasons["own", "O2"] == "no data that covers 2025-07-01 to 2025-11-30"
    assert reasons["own", "A2"] == (
        "no use of google/gemini-2.5-flash; no use of google/gemini-2.5-pro; "
        "no use of x-ai/grok-code-fast-1"
    )
    assert reasons["openrouter", "A5"] == "only published totals, no requests"
    assert reasons["openrouter", "O8"] == "no open models of tngtech"
    # Both logs hold months of open and closed models: these can be told, whatever they say.
    for population in lacking:
        for finding_id in ["O1", "O3", "O4", "O5", "O6", "O7", "O19", "O20", "O21", "O22", "O23"]:
            assert reasons[population, finding_id] is None, (population, finding_id)
