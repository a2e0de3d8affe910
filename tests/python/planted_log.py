"""Logs with a truth in them: each population was drawn from figures that its marts must find again.

The figures stand here as constants; what was drawn, and how far an estimate may lie from the
figure by the draw alone, is worked out from the design in test_planted.py.
"""

import csv
import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

MONDAY = datetime.date(2025, 6, 2)
COLUMNS = [
    *("request_id", "requested_at", "model", "prompt_tokens", "completion_tokens", "account_id"),
    *("billed_usd", "finish_reason"),
]

# ---- topics: who is asked, and about what -------------------------------------------------------
TOPIC_WEEKS = 4
SAMPLING_RATE = 0.25
CLASS_SHARES = {
    ("closed", "rest_of_world"): 0.50,
    ("open", "china"): 0.25,
    ("open", "rest_of_world"): 0.20,
    ("unknown", "unknown"): 0.05,
}
CLASS_MODELS = {
    ("closed", "rest_of_world"): ["openai/gpt-4o-mini", "anthropic/claude-sonnet-4"],
    ("open", "china"): ["deepseek/deepseek-r1", "deepseek/deepseek-chat-v3-0324"],
    ("open", "rest_of_world"): ["meta-llama/llama-3.3-70b-instruct", "google/gemma-3-27b-it"],
    ("unknown", "unknown"): ["house-router"],
}
CATEGORY_SHARES = {
    "programming": 0.35,
    "roleplay": 0.25,
    "translation": 0.10,
    "finance": 0.08,
    "health": 0.06,
    "legal": 0.04,
    "other": 0.12,
}
CATEGORY_TAGS = {
    "programming": "/Computers & Electronics/Programming",
    "roleplay": "/Games/Roleplaying Games",
    "translation": "/Reference/Language Resources/Foreign Language Resources",
    "finance": "/Finance/Investing",
    "health": "/Health",
    "legal": "/Law & Government/Legal",
    "other": "/Pets & Animals",
}

# ---- cohorts: who stays -------------------------------------------------------------------------
FIRST_MONTH = datetime.date(2025, 1, 1)
MONTHS = 8
COHORTS = 4
COHORT_ACCOUNTS = 250
FALLING = [1.0, 0.45, 0.35, 0.25, 0.20, 0.15, 0.10, 0.05]
STAYING = [1.0, 0.90, 0.80, 0.72, 0.66, 0.60, 0.54, 0.50]
COMING_BACK = [1.0, 0.50, 0.20, 0.60, 0.45, 0.35, 0.25, 0.20]
# Curves by cohort, the first one at launch.
RETENTION = {
    "anthropic/claude-sonnet-4": [FALLING, STAYING, FALLING, FALLING],
    "openai/gpt-4o-mini": [STAYING, FALLING, FALLING, FALLING],
    "meta-llama/llama-4-maverick": [FALLING] * COHORTS,
    "deepseek/deepseek-r1": [FALLING, FALLING, FALLING, COMING_BACK],
}
# A model with a handful of accounts says nothing.
SMALL_MODEL = "mistralai/mistral-nemo"
VERDICTS = {
    "anthropic/claude-sonnet-4": "foundational",
    "openai/gpt-4o-mini": "single_launch_cohort",
    "meta-llama/llama-4-maverick": "never_frontier",
    "deepseek/deepseek-r1": "never_frontier",
    SMALL_MODEL: "too_little_data",
}

# ---- prices: how use answers to cost ------------------------------------------------------------
PRICE_MODELS = 30
PRICE_WEEKS = 10
SLOPE_ACROSS = -0.5
SLOPE_WITHIN = -1.2
NOISE_ACROSS = 0.25
NOISE_WITHIN = 0.05
PRICE_MOVES = 0.08

# ---- lengths ------------------------------------------------------------------------------------
LENGTH_REQUESTS = 4_000
PROMPT_LOG = (7.5, 1.0)
COMPLETION_LOG = (5.5, 0.8)

# ---- tools --------------------------------------------------------------------------------------
TOOL_WEEKS = 3
TOOL_REQUESTS = 2_500
TOOL_SHARE = 0.12
HUGE_WEEK = 1
HUGE_REQUESTS = 400


@dataclass
class Planted:
    """What was drawn for one seed; populations bear the seed in their names."""

    seed: int
    # Of each week and category the tokens of every request, classified or not.
    topic_tokens: dict[tuple[datetime.date, str], list[int]] = field(default_factory=dict)
    class_tokens: dict[datetime.date, list[int]] = field(default_factory=dict)
    # Logs of prices: a row per model, a column per week.
    prices: Any = None
    tool_tokens: dict[datetime.date, list[int]] = field(default_factory=dict)
    huge_tokens: int = 0


def write_planted_logs(folder: Path, seeds: Iterable[int]) -> tuple[dict[str, Any], list[Planted]]:
    """Write a log per truth and seed.

    :returns: the settings that read them all, and what was planted for each seed.
    """
    gateways: list[dict[str, Any]] = []
    plantings = []
    for seed in seeds:
        planted = Planted(seed)
        plantings.append(planted)
        draw = np.random.default_rng(seed)
        for truth, write in WRITERS.items():
            name = f"{truth}_{seed}"
            records = write(draw, planted)
            tags = [record.pop("tag") for record in records if "tag" in record]
            path = folder / f"{name}.csv"
            _write(path, COLUMNS, records)
            entry = {"name": name, "format": "table", "population": name, "location": str(path)}
            if tags:
                sampled = [
                    {"request_id": record["request_id"], "tag": tag, "confidence": 0.8}
                    for record, tag in zip(records, tags, strict=True)
                    if draw.random() < SAMPLING_RATE
                ]
                path = folder / f"{name}_tags.csv"
                _write(path, ["request_id", "tag", "confidence"], sampled)
                entry["tags"] = {"location": str(path), "sampling_rate": SAMPLING_RATE}
            gateways.append(entry)
    return {"build_clock": "2025-09-01 00:00:00", "gateways": gateways}, plantings


def _write(path: Path, columns: list[str], rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)


def _record(number: int, day: datetime.date, prompt: int, completion: int, **more: Any) -> dict:
    return {
        "request_id": f"gen-{number}",
        "requested_at": f"{day} 12:00:00",
        "model": "openai/gpt-4o-mini",
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "account_id": f"account-{number % 500}",
        "billed_usd": 0.001,
        "finish_reason": "stop",
    } | more


def _week(week: int) -> datetime.date:
    return MONDAY + datetime.timedelta(7 * week)


def _topics(draw: np.random.Generator, planted: Planted) -> list[dict[str, Any]]:
    records = []
    classes, categories = list(CLASS_SHARES), list(CATEGORY_SHARES)
    for week in range(TOPIC_WEEKS):
        for _ in range(3_000):
            owner = classes[draw.choice(len(classes), p=list(CLASS_SHARES.values()))]
            category = categories[draw.choice(len(categories), p=list(CATEGORY_SHARES.values()))]
            prompt, completion = (int(n) for n in draw.lognormal((7, 5), (1, 1)))
            day = _week(week) + datetime.timedelta(int(draw.integers(7)))
            model = str(draw.choice(CLASS_MODELS[owner]))
            tag = CATEGORY_TAGS[category]
            more = {"model": model, "tag": tag}
            records.append(_record(len(records), day, prompt, completion, **more))
            tokens = prompt + completion
            planted.class_tokens.setdefault(_week(week), []).append(tokens)
            planted.topic_tokens.setdefault((_week(week), category), []).append(tokens)
    return records


def _cohorts(draw: np.random.Generator, planted: Planted) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = []
    sizes = dict.fromkeys(RETENTION, COHORT_ACCOUNTS) | {SMALL_MODEL: 10}
    for model, accounts in sizes.items():
        for cohort in range(COHORTS):
            curve = RETENTION.get(model, [FALLING] * COHORTS)[cohort]
            for account in range(accounts):
                for age in range(MONTHS - cohort):
                    if draw.random() >= curve[age]:
                        continue
                    day = FIRST_MONTH.replace(month=1 + cohort + age, day=int(draw.integers(1, 29)))
                    key = f"{model}-{cohort}-{account}"
                    more = {"model": model, "account_id": key}
                    records.append(_record(len(records), day, 100, 10, **more))
    # The data reaches to the last day, so that the last month is whole.
    last = datetime.date(2025, MONTHS, 31)
    records.append(_record(len(records), last, 1, 1, model="", account_id="last"))
    return records


def _prices(draw: np.random.Generator, planted: Planted) -> list[dict[str, Any]]:
    level = draw.uniform(-1.3, 1.5, PRICE_MODELS)
    planted.prices = level[:, None] + draw.normal(0, PRICE_MOVES, (PRICE_MODELS, PRICE_WEEKS))
    size = 7 + SLOPE_ACROSS * level + draw.normal(0, NOISE_ACROSS, PRICE_MODELS)
    season = draw.normal(0, 0.2, PRICE_WEEKS)
    records = []
    for model in range(PRICE_MODELS):
        for week in range(PRICE_WEEKS):
            cost = planted.prices[model, week]
            log_tokens = size[model] + season[week] + draw.normal(0, NOISE_WITHIN)
            log_tokens += SLOPE_WITHIN * (cost - level[model])
            tokens = round(10**log_tokens)
            more = {"model": f"house-model-{model}", "billed_usd": float(tokens * 10**cost / 1e6)}
            records.append(_record(len(records), _week(week), tokens, 0, **more))
    return records


def _lengths(draw: np.random.Generator, planted: Planted) -> list[dict[str, Any]]:
    prompts = draw.lognormal(*PROMPT_LOG, LENGTH_REQUESTS)
    completions = draw.lognormal(*COMPLETION_LOG, LENGTH_REQUESTS)
    return [
        _record(number, MONDAY + datetime.timedelta(number % 7), round(prompt), round(completion))
        for number, (prompt, completion) in enumerate(zip(prompts, completions, strict=True))
    ]


def _tools(draw: np.random.Generator, planted: Planted) -> list[dict[str, Any]]:
    records = []
    for week in range(TOOL_WEEKS):
        for _ in range(TOOL_REQUESTS):
            prompt, completion = (int(n) for n in draw.lognormal((7, 5), (1, 1)))
            reason = "tool_calls" if draw.random() < TOOL_SHARE else "stop"
            day = _week(week) + datetime.timedelta(int(draw.integers(7)))
            records.append(_record(len(records), day, prompt, completion, finish_reason=reason))
            planted.tool_tokens.setdefault(_week(week), []).append(prompt + completion)
    for _ in range(HUGE_REQUESTS):
        day = _week(HUGE_WEEK) + datetime.timedelta(2)
        more = {"finish_reason": "tool_calls", "account_id": "huge"}
        records.append(_record(len(records), day, 9_000, 1_000, **more))
        planted.huge_tokens += 10_000
    return records


WRITERS = {
    "topics": _topics,
    "cohorts": _cohorts,
    "prices": _prices,
    "lengths": _lengths,
    "tools": _tools,
}
