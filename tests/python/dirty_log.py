"""A log of 50,000 requests with everything in it that real logs have, the same for equal seeds.

Three gateways and one published table, in three populations: `edge` (CSV, every value a text in
one of several spellings) and `batch` (Parquet, files dated) are both of population `own` and share
accounts; `partner` (JSON lines, one of them broken) is a population of its own, and so are the
published totals. Whoever checks the marts reads the files, not this module.
"""

import csv
import datetime
import json
import random
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

import duckdb

FIRST_DAY = datetime.date(2025, 3, 5)
# A Wednesday: the last week and the last month are cut short.
LAST_DAY = datetime.date(2025, 9, 24)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
CLOCK = "2025-09-26 00:00:00"

# Name, how much it is used, first day, whether it reasons, whether the log bills it.
MODELS: list[tuple[str, float, str, bool, bool]] = [
    ("openai/gpt-4o-mini", 20, "2024-07-18", False, True),
    ("anthropic/claude-3.7-sonnet", 9, "2025-02-24", True, True),
    ("anthropic/claude-sonnet-4", 9, "2025-05-22", True, True),
    ("anthropic/claude-3.5-haiku", 4, "2024-11-04", False, True),
    ("openai/gpt-4.1", 5, "2025-04-14", False, False),
    ("openai/o4-mini", 3, "2025-04-16", True, True),
    ("openai/gpt-oss-120b", 3, "2025-08-05", True, False),
    ("openai/gpt-oss-20b", 2, "2025-08-05", True, False),
    ("google/gemini-2.0-flash-001", 6, "2025-02-05", False, True),
    ("google/gemini-2.5-flash", 6, "2025-06-17", True, False),
    ("google/gemini-2.5-pro", 4, "2025-06-17", True, True),
    ("google/gemma-3-27b-it", 2, "2025-03-12", False, False),
    ("deepseek/deepseek-r1", 5, "2025-01-20", True, False),
    ("deepseek/deepseek-chat-v3-0324", 9, "2025-03-24", False, False),
    ("deepseek/deepseek-chat-v3-0324:free", 3, "2025-03-24", False, False),
    ("qwen/qwen3-coder", 4, "2025-07-23", False, False),
    ("qwen/qwen3-coder:free", 1, "2025-07-23", False, True),
    ("qwen/qwen3-30b-a3b", 2, "2025-04-28", True, False),
    ("qwen/qwen-max", 1, "2024-04-03", False, True),
    ("qwen/qwen-turbo", 1, "2025-03-01", True, False),
    ("meta-llama/llama-3.3-70b-instruct", 4, "2024-12-06", False, False),
    ("meta-llama/llama-3.1-8b-instruct", 3, "2024-07-23", False, False),
    ("meta-llama/llama-4-maverick", 4, "2025-04-05", False, False),
    ("minimax/minimax-m1", 2, "2025-06-17", True, False),
    ("mistralai/mistral-nemo", 2, "2024-07-19", False, True),
    ("moonshotai/kimi-k2", 2, "2025-07-11", False, False),
    ("z-ai/glm-4.5-air", 2, "2025-07-25", True, False),
    ("x-ai/grok-code-fast-1", 3, "2025-08-26", True, True),
    # Closed until 2025-08-23, open from then on.
    ("x-ai/grok-2", 2, "2024-10-12", False, False),
    # Free only.
    ("nousresearch/hermes-3-llama-3.1-405b:free", 2, "2024-08-16", False, False),
    # No price in the book.
    ("tngtech/deepseek-r1t2-chimera", 1.5, "2025-07-08", True, False),
    # Weights and origin unknown.
    ("openrouter/horizon-alpha", 0.7, "2025-07-30", False, False),
    # Origin unknown, weights open.
    ("gryphe/mythomax-l2-13b", 0.7, "2023-07-02", False, False),
    # No models of the registry, and no names.
    ("house-support-bot", 0.8, "2025-01-01", False, False),
    ("acme-tuned-13b-internal", 0.4, "2025-05-01", False, True),
    ("", 0.2, "2025-01-01", False, False),
    ("None", 0.2, "2025-01-01", False, True),
    ("[REDACTED]", 0.2, "2025-01-01", False, False),
]

PROVIDERS = {
    "openai": ["OpenAI", "openai", "Azure", None],
    "anthropic": ["Anthropic", "anthropic", "Amazon Bedrock", None],
    "google": ["Google AI Studio", "Google", None],
    "deepseek": ["DeepSeek", "DeepInfra", "Fireworks", "Lambda", None],
    "qwen": ["Alibaba", "DeepInfra", None],
    "meta-llama": ["Together", "Groq", "Cerebras", "my-own-rack", None],
}

COUNTRIES = ["US", "DE", "SG", "CN", "KR", "NL", "GB", "JP", "IN", "NA", "BR", "ZA", "AU", "NZ"]
COUNTRY_WEIGHTS = [40, 9, 9, 7, 4, 3, 3, 3, 3, 1, 2, 1, 2, 1]

LANGUAGES: list[tuple[list[str], float]] = [
    (["en", "EN", "en-US", "en-GB", "en_us", "En"], 70),
    (["zh", "zh-CN", "zh-Hans", "ZH-hans-cn"], 8),
    (["zh-TW", "zh-Hant", "zh-hant-hk"], 2),
    (["ru", "ru-RU"], 5),
    (["es", "es-419", "es-MX"], 4),
    (["th", "TH"], 2),
    (["de", "de-AT"], 2),
    (["pt-BR", "pt"], 2),
    (["xx", "und", "?", "klingon"], 1),
]

PROGRAMMING = "/Computers & Electronics/Programming"
# What a request is about: the tags that a classifier gives it, the likeliest first.
TOPICS: list[tuple[list[str], float]] = [
    (
        [
            f"{PROGRAMMING}/Development Tools",
            PROGRAMMING,
            f"{PROGRAMMING}/Java (Programming Language)",
        ],
        22,
    ),
    ([PROGRAMMING, "/Computers & Electronics/Software", "/Science/Computer Science"], 14),
    (["/Games/Roleplaying Games", "/Arts & Entertainment", "/Adult"], 18),
    (["/Adult", "/Games/Roleplaying Games"], 4),
    (["/Books & Literature/Writers Resources", "/Books & Literature"], 4),
    (["/Reference/Language Resources/Foreign Language Resources", "/Reference"], 5),
    (
        [
            "/Reference/Language Resources",
            "/Reference/Language Resources/Dictionaries & Encyclopedias",
        ],
        2,
    ),
    (["/Science/Computer Science/Machine Learning & Artificial Intelligence", "/Science"], 6),
    (["/Science/Physics", "/Science/Mathematics"], 3),
    (["/Computers & Electronics/Consumer Electronics", "/Internet & Telecom"], 4),
    (
        [
            "/Computers & Electronics/Software/Business & Productivity Software",
            "/Computers & Electronics",
        ],
        4,
    ),
    (["/Finance/Investing", "/Finance/Investing/Currencies & Foreign Exchange", "/Finance"], 4),
    (["/Health/Medical Literature & Resources", "/Health"], 3),
    (["/Law & Government/Legal", "/Law & Government/Government"], 3),
    (["/Jobs & Education/Education", "/Jobs & Education/Education/Colleges & Universities"], 3),
    (["/Business & Industrial/Advertising & Marketing", "/Business & Industrial"], 2),
    (["/Internet & Telecom/Web Services/Search Engine Optimization & Marketing"], 1),
    (["/Reference/General Reference", "/News"], 2),
    (["/Pets & Animals/Pets", "/Sports", "/Travel"], 3),
    # Deeper than the taxonomy, and nothing of it.
    ([f"{PROGRAMMING}/Quantum Compilers/Toy Ones", PROGRAMMING], 2),
    (["/Of Our Own/Making", "unfiled"], 1),
]

EDGE_COLUMNS = {
    "requested_at": "created",
    "model": "model_name",
    "prompt_tokens": "tokens_in",
    "completion_tokens": "tokens_out",
    "account_id": "user",
    "billed_usd": "cost",
}
COLUMNS = {
    "request_id": "varchar",
    "requested_at": "timestamp",
    "model": "varchar",
    "prompt_tokens": "bigint",
    "completion_tokens": "bigint",
    "cached_tokens": "bigint",
    "cache_write_tokens": "bigint",
    "reasoning_tokens": "bigint",
    "account_id": "varchar",
    "session_id": "varchar",
    "app_id": "varchar",
    "provider": "varchar",
    "billed_usd": "double",
    "finish_reason": "varchar",
    "tool_calls": "integer",
    "is_streamed": "boolean",
    "is_cancelled": "boolean",
    "is_byok": "boolean",
    "latency_ms": "double",
    "time_to_first_token_ms": "double",
    "country_code": "varchar",
    "language": "varchar",
}
SAMPLING = {"edge": 0.3, "batch": 0.2, "partner": 0.5}
Record = dict[str, Any]


class _Account:
    """Who asks: where from, in which language, with which models, from when on, in which months."""

    def __init__(self, draw: random.Random, name: str, gateways: list[str]) -> None:
        self.name: str | None = name
        self.gateways = gateways
        self.country = draw.choices(COUNTRIES, COUNTRY_WEIGHTS)[0]
        self.tells_country = draw.random() < 0.6
        self.language = draw.choices(LANGUAGES, [weight for _, weight in LANGUAGES])[0][0]
        self.start = 0 if draw.random() < 0.3 else draw.randrange(1, DAYS)
        weights = [weight for _, weight, *_ in MODELS]
        self.models = draw.choices(MODELS, weights, k=draw.choice([1, 2, 3, 3, 4]))
        # Months away are what a cohort comes back from. Who was there first stays.
        leaves = 0.75 if self.start else 0.05
        self.away = {month for month in range(3, 10) if draw.random() < leaves}
        self.weight = draw.lognormvariate(0, 0.8)

    def is_there(self, day: datetime.date) -> bool:
        return (day - FIRST_DAY).days >= self.start and day.month not in self.away


def write_dirty_log(folder: Path, seed: int = 20250924, requests: int = 50_000) -> Record:
    """Write the raw files below a folder.

    :returns: the settings that read them.
    """
    draw = random.Random(seed)
    accounts = [_Account(draw, f"user-{n}", ["edge", "batch"]) for n in range(700)]
    for account in accounts:
        account.gateways = draw.choice([["edge"], ["edge"], ["batch"], ["edge", "batch"]])
    partners = [_Account(draw, f"user-{n}", ["partner"]) for n in range(650, 800)]
    records: dict[str, list[Record]] = {"edge": [], "batch": [], "partner": []}
    for population, count in [(accounts, requests * 43 // 50), (partners, requests * 5 // 50)]:
        weights = list(accumulate(account.weight for account in population))
        while count:
            (account,) = draw.choices(population, cum_weights=weights)
            record = _request(draw, account)
            if record is not None:
                records[draw.choice(account.gateways)].append(record)
                count -= 1
    huge = _Account(draw, "huge", ["edge"])
    for _ in range(requests // 100):
        record = _request(
            draw, huge, MODELS[0], FIRST_DAY + datetime.timedelta(draw.randrange(69, 76))
        )
        assert record is not None
        record |= {"finish_reason": "tool_calls", "tool_calls": 2, "prompt_tokens": 200_000}
        records["edge"].append(record | {"billed_usd": 0.03})
    for gateway in records.values():
        for number, record in enumerate(gateway):
            # Equal ids in two gateways are two requests.
            record["request_id"] = f"gen-{number}" if draw.random() < 0.97 else None
    tags = {gateway: _tags(draw, SAMPLING[gateway], rows) for gateway, rows in records.items()}
    for gateway in records.values():
        gateway += _again(draw, gateway)
        gateway += _broken(draw, gateway)
        draw.shuffle(gateway)
    _write_edge(folder / "edge", draw, records["edge"])
    _write_batch(folder / "batch", records["batch"])
    _write_partner(folder / "partner", draw, records["partner"])
    _write_published(folder / "published", draw)
    for gateway, rows in tags.items():
        _write_tags(folder / "tags" / gateway, gateway, rows)
    _write_accounts(folder / "accounts", draw, [*accounts, huge], partners)
    return {
        "build_clock": CLOCK,
        "gateways": [
            {
                "name": name,
                "format": "table",
                "location": str(folder / name),
                "tags": {"location": str(folder / "tags" / name), "sampling_rate": SAMPLING[name]},
                "accounts": {"location": str(folder / "accounts" / f"{name}.csv")},
            }
            | more
            for name, more in [
                ("edge", {"columns": EDGE_COLUMNS}),
                ("batch", {}),
                ("partner", {"population": "partner"}),
            ]
        ]
        + [
            {
                "name": "published",
                "format": "openrouter_rankings_daily",
                "population": "published",
                "location": str(folder / "published"),
            }
        ],
    }


def _request(
    draw: random.Random,
    account: _Account,
    model: tuple[str, float, str, bool, bool] | None = None,
    day: datetime.date | None = None,
) -> Record | None:
    for _ in range(6):
        chosen = model or draw.choice(account.models)
        # No use of a model before it is there.
        when = day or FIRST_DAY + datetime.timedelta(draw.randrange(DAYS))
        if day or (account.is_there(when) and when.isoformat() >= chosen[2]):
            break
    else:
        return None
    name, _, _, reasons, billed = chosen
    prompt = int(draw.lognormvariate(7, 1.5))
    completion = int(draw.lognormvariate(5.3, 1.1))
    if draw.random() < 0.02:
        prompt = completion = 0
    calls = draw.choices([0, 1, 3], [80, 14, 6])[0]
    author = name.partition("/")[0]
    record: Record = {
        "requested_at": datetime.datetime.combine(when, datetime.time())
        + datetime.timedelta(milliseconds=draw.randrange(86_400_000)),
        "model": name,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "cached_tokens": draw.choice([None, 0, int(prompt * draw.random() * 1.05)]),
        "cache_write_tokens": draw.choice([None, None, int(prompt * draw.random() * 0.4)]),
        "reasoning_tokens": int(completion * draw.random() * 1.03) if reasons else None,
        "account_id": account.name if draw.random() < 0.97 else None,
        "session_id": f"session-{draw.randrange(9_000)}" if draw.random() < 0.5 else None,
        "app_id": draw.choice(["chat", "ide", None]),
        "provider": draw.choice(PROVIDERS.get(author, [None, "OpenRouter"])),
        "billed_usd": round((prompt + 4 * completion) * draw.uniform(0.1, 3) / 1e6, 9)
        if billed and draw.random() < 0.9
        else None,
        "finish_reason": draw.choice(["tool_calls", "tool_use", "Tool_Calls"])
        if calls and draw.random() < 0.8
        else draw.choices(
            ["stop", "end_turn", "LENGTH", "error", "odd", None], [80, 9, 5, 3, 1, 4]
        )[0],
        "tool_calls": calls or draw.choice([0, None]),
        "is_streamed": draw.choice([True, False, None]),
        "is_cancelled": draw.choices([False, True, None], [90, 5, 5])[0],
        "is_byok": draw.choices([False, True, None], [80, 8, 12])[0],
        "latency_ms": round(draw.lognormvariate(8, 1), 3),
        "time_to_first_token_ms": draw.choice([None, round(draw.lognormvariate(6, 1), 3)]),
        "country_code": account.country if account.tells_country and draw.random() < 0.9 else None,
        "language": draw.choice(account.language) if draw.random() < 0.96 else None,
    }
    if name.endswith(":free") and billed:
        record["billed_usd"] = 0.0
    # A key of the caller's own: nothing is charged.
    if record["is_byok"] and billed:
        record["billed_usd"] = draw.choice([0.0, None])
    if record["finish_reason"] == "error":
        record |= {"completion_tokens": 0, "reasoning_tokens": None}
        if draw.random() < 0.5:
            record |= {"prompt_tokens": 0, "cached_tokens": None, "cache_write_tokens": None}
    if record["country_code"] and draw.random() < 0.01:
        record["country_code"] = "ZZ"
    return record


def _again(draw: random.Random, records: list[Record]) -> list[Record]:
    """The same requests once more: streams half done, retries, copies, and ids that come back."""
    more = []
    for record in draw.sample(records, len(records) // 20):
        minutes = datetime.timedelta(minutes=draw.randrange(1, 90))
        prompt, completion = record["prompt_tokens"], record["completion_tokens"]
        kind = draw.randrange(6)
        if kind == 0:  # half done
            change = {"requested_at": record["requested_at"] - minutes}
            change |= {"completion_tokens": completion // 2, "finish_reason": None}
            more.append(record | change)
        elif kind == 1:  # a retry with more tokens
            change = {"requested_at": record["requested_at"] + minutes}
            more.append(record | change | {"completion_tokens": completion + 7})
        elif kind == 2:  # as many tokens, later
            change = {"requested_at": record["requested_at"] + minutes}
            more.append(record | change | {"is_streamed": True})
        elif kind == 3:  # as many, at once, in other parts
            change = {"prompt_tokens": prompt + completion, "completion_tokens": 0}
            more += [record | change | {"model": draw.choice([record["model"], "house-router"])}]
        elif kind == 4:  # a copy
            more += [dict(record)] * draw.choice([1, 1, 2])
        else:  # within the horizon, and past it
            for days in (7, 9):
                change = {"requested_at": record["requested_at"] + datetime.timedelta(days)}
                if change["requested_at"].date() <= LAST_DAY:
                    more.append(record | change | {"completion_tokens": completion + days})
    return more


BREAKS: list[Callable[[Record], Record]] = [
    lambda record: {"requested_at": None},
    lambda record: {"requested_at": datetime.datetime(2014, 12, 31, 23, 59)},
    lambda record: {"requested_at": datetime.datetime(2025, 9, 27, 0, 0, 1)},
    lambda record: {"model": None},
    lambda record: {"prompt_tokens": None},
    lambda record: {"completion_tokens": None},
    lambda record: {"prompt_tokens": -5, "completion_tokens": -1},
    lambda record: {"completion_tokens": 10**12 + 1},
    lambda record: {"reasoning_tokens": -1},
    lambda record: {"cached_tokens": -1, "billed_usd": -0.5},
    lambda record: {"billed_usd": 5001.0, "prompt_tokens": 999_990, "completion_tokens": 10},
    lambda record: {"billed_usd": 100.5, "prompt_tokens": 0, "completion_tokens": 0},
    lambda record: {"billed_usd": float("nan")},
]


def _broken(draw: random.Random, records: list[Record]) -> list[Record]:
    return [
        record | draw.choice(BREAKS)(record) for record in draw.sample(records, len(records) // 80)
    ]


def _tags(draw: random.Random, rate: float, records: list[Record]) -> list[Record]:
    rows: list[Record] = []
    for record in records:
        if record["request_id"] is None or draw.random() >= rate:
            continue
        topic = draw.choices(TOPICS, [weight for _, weight in TOPICS])[0][0]
        first = draw.uniform(0.35, 1)
        found: list[tuple[str | None, float | None]] = [(topic[0], round(first, 2))]
        for tag in topic[1:]:
            chance = draw.random()
            if chance < 0.2:
                found.append((tag, round(first, 2)))  # a tie
            elif chance < 0.6:
                found.append((tag, round(first * draw.random(), 2)))
        if draw.random() < 0.02:
            found.append(("/Sports", None))
        if draw.random() < 0.02:
            found.append((topic[0], round(first / 2, 2)))  # the same tag twice
        if draw.random() < 0.02:
            found = [(topic[0], 0.5)]
        if draw.random() < 0.01:
            found.append(("/Health", 1.5))  # out of range
        if draw.random() < 0.01:
            found.append((None, 0.99))
        draw.shuffle(found)
        rows += [
            {"request_id": record["request_id"], "tag": tag, "confidence": confidence}
            for tag, confidence in found
        ]
    rows += [{"request_id": "gen-of-nobody", "tag": PROGRAMMING, "confidence": 0.9}]
    return rows


def _write_edge(folder: Path, draw: random.Random, records: list[Record]) -> None:
    """One CSV a month, every value spelt in one of several ways."""
    folder.mkdir(parents=True)
    names = [EDGE_COLUMNS.get(name, name) for name in COLUMNS]
    months: dict[str, list[Record]] = {}
    for record in records:
        when = record["requested_at"]
        months.setdefault(when.strftime("%Y-%m") if when else "none", []).append(record)
    for month, rows in months.items():
        with (folder / f"requests_{month}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(names)
            for record in rows:
                writer.writerow([_spelt(draw, name, record[name]) for name in COLUMNS])
            if month == "2025-05":
                stream.write("gen-torn,2025-05-03 10:00:00,openai/gpt-4o-mini\r\n")
                stream.write("x," * 30 + "\r\n")


def _spelt(draw: random.Random, name: str, value: Any) -> str:
    if value is None:
        # A name that is missing cannot be told from an empty one in CSV, unless it is not quoted.
        return "" if name in ("model", "request_id") else draw.choice(["", "", "None", "null", "-"])
    if isinstance(value, bool):
        return draw.choice([str(value), str(value).lower(), str(int(value))])
    if isinstance(value, datetime.datetime):
        utc = value.replace(tzinfo=datetime.UTC)
        zone = datetime.timezone(datetime.timedelta(hours=draw.choice([-7, 2, 5.5])))
        return draw.choice(
            [
                value.isoformat(sep=" "),
                value.isoformat() + "Z",
                utc.astimezone(zone).isoformat(),
                str(round(utc.timestamp() * 1000)),
            ]
        )
    if isinstance(value, float):
        return "n/a" if value != value else repr(value)
    if isinstance(value, int):
        return f"{value}.0" if draw.random() < 0.05 else str(value)
    if name == "country_code":
        return draw.choice([value, value.lower(), f" {value}"])
    if name == "model" and value and draw.random() < 0.1:
        # Which name it is does not hang on its case, its blanks or the gateway before it.
        routed = f"openrouter/{value}" if "/" in value else value
        return draw.choice([value.upper(), f" {value} ", routed])
    return value


def _write_batch(folder: Path, records: list[Record]) -> None:
    """Parquet files, typed and each dated some days after its records."""
    folder.mkdir(parents=True)
    rows = [record for record in records if record["requested_at"] is not None]
    day = FIRST_DAY
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        while rows:
            day += datetime.timedelta(days=27)
            last = day > LAST_DAY
            rows, now = (
                [] if last else [row for row in rows if row["requested_at"].date() >= day],
                rows if last else [row for row in rows if row["requested_at"].date() < day],
            )
            lines = folder / ".scratch.jsonl"
            with lines.open("w", encoding="utf-8") as stream:
                for row in now:
                    print(json.dumps(row, default=str), file=stream)
            columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
            connection.execute(
                f"copy (select * from read_json('{lines}', format = 'newline_delimited', "
                f"columns = {{{columns}}})) to '{folder}/delivered_{day}.parquet' (format parquet)"
            )
            lines.unlink()


def _write_partner(folder: Path, draw: random.Random, records: list[Record]) -> None:
    """JSON lines: epoch milliseconds, fields left out where they have no value, one line torn."""
    folder.mkdir(parents=True)
    with (folder / "log.jsonl").open("w", encoding="utf-8") as stream:
        for number, record in enumerate(records):
            line = {}
            for name in COLUMNS:
                value = record[name]
                if value is None and draw.random() < 0.5:
                    continue
                if isinstance(value, datetime.datetime):
                    value = round(value.replace(tzinfo=datetime.UTC).timestamp() * 1000)
                if isinstance(value, float) and value != value:
                    value = "not a number"
                line[name] = value
            print(json.dumps(line), file=stream)
            if number == 1000:
                print('{"request_id": "gen-torn", "model": ', file=stream)


def _write_published(folder: Path, draw: random.Random) -> None:
    """Ninety days of published totals: the ten largest and the rest as `other`."""
    folder.mkdir(parents=True)
    names = [name for name, weight, *_ in MODELS if "/" in name and weight >= 2]
    with (folder / "totals.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["date", "model_permaslug", "total_tokens"])
        for offset in range(90):
            day = datetime.date(2025, 6, 20) + datetime.timedelta(offset)
            for name in [*draw.sample(names, 10), "other"]:
                writer.writerow([day, name, draw.randrange(10**9, 10**12)])
                if draw.random() < 0.02:  # revised
                    writer.writerow([day, name, draw.randrange(10**9, 10**12)])
        writer.writerow(["2025-07-01", "openai/gpt-4o-mini", "-4"])


def _write_tags(folder: Path, gateway: str, rows: list[Record]) -> None:
    folder.mkdir(parents=True)
    with (folder / "tags.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["request_id", "tag", "confidence"])
        writer.writeheader()
        writer.writerows(rows)
    if gateway == "batch":
        with duckdb.connect() as connection:
            connection.execute(
                f"copy (select * from read_csv('{folder}/tags.csv', header = true, columns = "
                "{'request_id': 'varchar', 'tag': 'varchar', 'confidence': 'double'})) "
                f"to '{folder}/tags.parquet' (format parquet)"
            )
        (folder / "tags.csv").unlink()


def _write_accounts(
    folder: Path, draw: random.Random, own: list[_Account], partners: list[_Account]
) -> None:
    """Billing countries: of most accounts, some of them unreadable."""
    folder.mkdir(parents=True)
    for gateway, accounts in [("edge", own), ("batch", own), ("partner", partners)]:
        with (folder / f"{gateway}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["account_id", "country_code"])
            for account in accounts:
                chance = draw.random()
                if gateway in account.gateways and chance < 0.95:
                    writer.writerow([account.name, account.country])
                    if draw.random() < 0.05:  # moved
                        writer.writerow([account.name, draw.choice(COUNTRIES).lower()])
                elif chance > 0.98:
                    writer.writerow([account.name, "ZZ"])
