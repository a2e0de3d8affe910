"""A small synthetic log in the canonical table format, so that a first build has an input.

Real model names and the dirt of real logs (retries, failures, unknown names, unit errors, missing
values); volumes and shares are made up and say nothing about the world.
"""

import datetime
import json
import random
import tempfile
from pathlib import Path

import duckdb

from llm_usage.inputs import literal

FIRST_DAY = datetime.date(2025, 9, 1)
DAYS = 70
REQUESTS_PER_DAY = 300
SEED = 7

_COLUMNS = {
    "request_id": "varchar",
    "requested_at": "timestamp",
    "model": "varchar",
    "provider": "varchar",
    "prompt_tokens": "bigint",
    "completion_tokens": "bigint",
    "cached_tokens": "bigint",
    "reasoning_tokens": "bigint",
    "account_id": "varchar",
    "billed_usd": "double",
    "finish_reason": "varchar",
    "is_streamed": "boolean",
    "country_code": "varchar",
    "language": "varchar",
}

# name as logged, provider, weight, typical prompt tokens, USD per million billed (None: list price)
_MODELS = [
    ("anthropic/claude-sonnet-4.5", "Anthropic", 14, 9000, 1.9),
    ("claude-sonnet-4-20250514", "Anthropic", 8, 8000, None),
    ("openai/gpt-5", "OpenAI", 8, 4000, None),
    ("gpt-4o-mini", "OpenAI", 9, 1500, None),
    ("gemini/gemini-2.5-flash", "Google AI Studio", 12, 3000, None),
    ("google/gemini-2.5-pro", "Google", 6, 6000, 2.1),
    ("x-ai/grok-code-fast-1", "xAI", 10, 12000, 0.2),
    ("deepseek/deepseek-chat-v3-0324:free", "Chutes", 7, 4000, 0.0),
    ("deepseek-ai/DeepSeek-R1", "Together", 3, 2500, 1.1),
    ("qwen/qwen3-coder", "Fireworks", 5, 9000, 0.4),
    ("z-ai/glm-4.6", "Z.AI", 4, 7000, 0.7),
    ("openai/gpt-oss-120b", "Groq", 4, 2500, 0.2),
    ("openai/gpt-oss-20b", "Groq", 2, 2000, None),
    ("mistralai/mistral-nemo", "DeepInfra", 3, 2000, None),
    ("meta-llama/llama-3.1-8b-instruct", "DeepInfra", 2, 1500, None),
    ("acme-support-finetune-v3", "vLLM", 2, 900, None),
    ("", "OpenAI", 1, 900, None),
]


def write_sample(folder: Path) -> int:
    """Write the sample, one Parquet file a day; the same bytes of data every time.

    :param folder: gets ``requests/YYYY-MM-DD.parquet``; made if needed.
    :returns: the number of raw records.
    """
    target = folder / "requests"
    target.mkdir(parents=True, exist_ok=True)
    source = random.Random(SEED)
    records = 0
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as connection:
        for number in range(DAYS):
            day = FIRST_DAY + datetime.timedelta(days=number)
            rows = _day(source, day)
            records += len(rows)
            text = Path(scratch) / "day.jsonl"
            with text.open("w", encoding="utf-8") as stream:
                for row in rows:
                    print(json.dumps(dict(zip(_COLUMNS, row, strict=True))), file=stream)
            columns = ", ".join(f"'{name}': '{kind}'" for name, kind in _COLUMNS.items())
            connection.execute(
                f"copy (select * from read_json({literal(text)}, format = 'newline_delimited', "
                f"columns = {{{columns}}})) to {literal(target / f'{day}.parquet')} "
                "(format parquet)"
            )
    return records


def _day(source: random.Random, day: datetime.date) -> list[list[object]]:
    weights = [model[2] for model in _MODELS]
    rows: list[list[object]] = []
    for number in range(REQUESTS_PER_DAY + 40 * (day.weekday() < 5)):
        name, provider, _, typical, price = source.choices(_MODELS, weights)[0]
        prompt = int(typical * source.lognormvariate(0, 0.8))
        completion = int(350 * source.lognormvariate(0, 0.9))
        failed = source.random() < 0.02
        if failed:
            prompt = completion = 0
        billed = None if price is None else round(price * (prompt + completion) / 1e6, 9)
        if source.random() < 0.002:
            billed = 5000.0 + prompt  # a gateway that logs in other units
        instant = datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(
            milliseconds=source.randrange(86_400_000)
        )
        account = int(source.paretovariate(0.9)) % 400
        row = [
            f"{day:%Y%m%d}-{number:05d}",
            instant.isoformat(sep=" ", timespec="milliseconds"),
            name,
            provider,
            -1 if source.random() < 0.001 else prompt,
            completion,
            int(prompt * source.random() * 0.6),
            int(completion * source.random() * 0.5),
            None if source.random() < 0.01 else f"account-{account}",
            billed,
            "error" if failed else source.choice(["stop", "stop", "stop", "length", "tool_calls"]),
            source.random() < 0.7,
            source.choice(["US", "US", "US", "SG", "DE", "CN", "NA", None]),
            source.choice(["en", "en", "en", "en", "zh-Hans", "ru", None]),
        ]
        rows.append(row)
        if source.random() < 0.01:
            partial = list(row)
            partial[5] = completion // 3  # logged while it streamed
            rows.append(partial)
    return rows
