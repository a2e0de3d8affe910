"""The raw files as Python rows, and what becomes of each row: accepted, rejected or duplicate."""

import csv
import datetime
import hashlib
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from independent.rules import Date, Rules

COLUMNS = [
    *("request_id", "requested_at", "model", "prompt_tokens", "completion_tokens"),
    *("cached_tokens", "cache_write_tokens", "reasoning_tokens", "account_id", "session_id"),
    *("app_id", "provider", "billed_usd", "finish_reason", "tool_calls", "is_streamed"),
    *("is_cancelled", "is_byok", "latency_ms", "time_to_first_token_ms", "country_code"),
    "language",
]
COUNTS = [
    *("prompt_tokens", "completion_tokens", "cached_tokens", "cache_write_tokens"),
    "reasoning_tokens",
]
ABSENT = {"", "none", "null", "-"}
TRUE = {"true", "t", "yes", "y", "1", "1.0"}
FALSE = {"false", "f", "no", "n", "0", "0.0"}


@dataclass
class Raw:
    """A raw record: where it stands, its values, and the rules that it breaks."""

    population: str
    gateway: str
    file: str
    place: str
    values: dict[str, Any]
    reasons: list[str] = field(default_factory=list)

    @property
    def day(self) -> Date | None:
        """The reporting day, where the time can be read."""
        day: Date | None = self.values.get("day")
        return day

    @property
    def tokens(self) -> int:
        """Prompt and completion."""
        tokens: int = self.values["prompt_tokens"] + self.values["completion_tokens"]
        return tokens


def read_gateway(entry: Mapping[str, Any], rules: Rules, salt: str) -> list[Raw]:
    """Every record of a log of format `table`, valid or not."""
    ours = {name: entry.get("columns", {}).get(name, name) for name in COLUMNS}
    found = []
    for path in sorted(Path(entry["location"]).iterdir()):
        for place, row in rows_of(path):
            raw = Raw(entry.get("population", "own"), entry["name"], path.name, place, {})
            if row is None:
                raw.reasons = ["record_unreadable", "model_missing"]
                raw.reasons += ["prompt_tokens_missing", "completion_tokens_missing"]
            else:
                values = {name: row.get(theirs) for name, theirs in ours.items()}
                _judge(raw, values, rules, salt)
            found.append(raw)
    return found


def rows_of(path: Path) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """The place and the values of each record; None for what cannot be parsed."""
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            relation = connection.execute(f"select * from read_parquet('{path}')")
            names = [column[0] for column in relation.description or []]
            for number, values in enumerate(relation.fetchall(), 1):
                yield f"record {number}", dict(zip(names, values, strict=True))
        return
    readable = 0
    with path.open(encoding="utf-8", newline="") as stream:
        if path.suffix == ".csv":
            reader = csv.reader(stream)
            header = next(reader)
            for values in reader:
                if len(values) != len(header):
                    yield f"line {reader.line_num}", None
                    continue
                readable += 1
                yield f"record {readable}", dict(zip(header, values, strict=True))
            return
        for number, line in enumerate(stream, 1):
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                yield f"line {number}", None
                continue
            yield f"record {number}", row


def text(value: Any) -> str | None:
    """A text without blanks around it; None where it stands for no value."""
    if value is None:
        return None
    found = str(value).strip()
    return None if found.lower() in ABSENT else found


def _number(value: Any) -> float | None:
    """None where there is none, NaN where it is something else."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return float(value)
    found = text(value)
    if found is None:
        return None
    try:
        return float(found)
    except ValueError:
        return math.nan


def _flag(value: Any) -> bool | None:
    found = (text(value) or "").lower()
    return True if found in TRUE else False if found in FALSE else None


def _instant(value: Any) -> datetime.datetime | None:
    if isinstance(value, datetime.datetime):
        return value
    found = text(value) or ""
    if re.fullmatch(r"\d+", found):
        number = int(found)
        scale = next(scale for scale in (1, 10**3, 10**6, 10**9) if number < 10**11 * scale)
        epoch = datetime.datetime(1970, 1, 1)
        return epoch + datetime.timedelta(microseconds=number * 10**6 // scale)
    try:
        instant = datetime.datetime.fromisoformat(found)
    except ValueError:
        return None
    return instant.astimezone(datetime.UTC).replace(tzinfo=None) if instant.tzinfo else instant


def hashed(value: Any, salt: str) -> str | None:
    """A key of a person as the warehouse keeps it."""
    found = text(value)
    return None if found is None else hashlib.md5(f"{salt}|{found}".encode()).hexdigest()


def _judge(raw: Raw, values: dict[str, Any], rules: Rules, salt: str) -> None:
    """Read a record's values and say which rules it breaks."""
    broken = raw.reasons
    when = _instant(values["requested_at"])
    latest = datetime.datetime.fromisoformat(rules.build_clock) + datetime.timedelta(days=1)
    if text(values["requested_at"]) is None:
        broken.append("requested_at_missing")
    elif when is None:
        broken.append("requested_at_unreadable")
    elif when < datetime.datetime(2015, 1, 1):
        broken.append("requested_at_before_2015")
    elif when > latest:
        broken.append("requested_at_in_future")
    if values["model"] is None:
        broken.append("model_missing")
    numbers = {name: _number(values[name]) for name in [*COUNTS, "billed_usd", "tool_calls"]}
    broken += [f"{name}_missing" for name in COUNTS[:2] if numbers[name] is None]
    for name in COUNTS:
        number = numbers[name]
        if number is None:
            continue
        if math.isnan(number) or (abs(number) < 9e15 and number != math.floor(number)):
            broken.append(f"{name}_not_a_whole_number")
        elif number < 0:
            broken.append(f"{name}_negative")
        elif number > 1e12:
            broken.append(f"{name}_too_large")
    billed = numbers["billed_usd"]
    tokens = (numbers["prompt_tokens"] or 0) + (numbers["completion_tokens"] or 0)
    if billed is not None:
        if math.isnan(billed):
            broken.append("billed_usd_not_a_number")
        elif billed < 0:
            broken.append("billed_usd_negative")
        else:
            most = tokens * rules.max_usd_per_million_tokens / 1e6
            # Of tokens below 0 no amount is too large.
            most = most or rules.max_usd_without_tokens
            if tokens >= 0 and billed > most:
                broken.append("billed_usd_too_large")
    calls = numbers["tool_calls"]
    country = text(values["country_code"])
    raw.values = {
        "request_id": text(values["request_id"]),
        "requested_at": when,
        "raw_model": values["model"],
        **{name: None if numbers[name] is None else _whole(numbers[name]) for name in COUNTS},
        "account_id": hashed(values["account_id"], salt),
        "session_id": hashed(values["session_id"], salt),
        "app_id": hashed(values["app_id"], salt),
        "provider": text(values["provider"]),
        "billed_usd": billed,
        "finish_reason": (text(values["finish_reason"]) or "").lower() or None,
        "tool_calls": None if calls is None else int(calls),
        "is_streamed": _flag(values["is_streamed"]),
        "is_cancelled": _flag(values["is_cancelled"]),
        "is_byok": _flag(values["is_byok"]),
        "latency_ms": _number(values["latency_ms"]),
        "time_to_first_token_ms": _number(values["time_to_first_token_ms"]),
        "country_code": country.upper() if country else None,
        "language": text(values["language"]),
    }
    raw.values["day"] = None if when is None else rules.day(when)


def _whole(number: float | None) -> int | None:
    return int(number) if number is not None and math.isfinite(number) else None


def split(records: list[Raw], rules: Rules) -> tuple[list[Raw], list[Raw], list[Raw]]:
    """Accepted, rejected and duplicate records of one gateway."""
    rejected = [record for record in records if record.reasons]
    named: dict[Any, list[Raw]] = defaultdict(list)
    for record in records:
        if not record.reasons:
            values = {name: value for name, value in record.values.items() if name != "day"}
            named[record.values["request_id"] or tuple(values.values())].append(record)
    accepted: list[Raw] = []
    duplicates: list[Raw] = []
    for same in named.values():
        same.sort(key=_rank, reverse=True)
        for place, record in enumerate(same):
            own = record.values["requested_at"].date()
            better = (
                abs((other.values["requested_at"].date() - own).days)
                <= rules.duplicate_horizon_days
                for other in same[:place]
            )
            (duplicates if any(better) else accepted).append(record)
    return accepted, rejected, duplicates


def _rank(record: Raw) -> tuple[Any, ...]:
    """Most tokens, then latest, then largest of the other columns in order, a null the smallest."""
    values = record.values
    names = [name for name in values if name not in ("request_id", "requested_at", "day")]
    rest = [
        (values[name] is not None, values[name] if values[name] is not None else 0)
        for name in names
    ]
    return record.tokens, values["requested_at"], *rest
