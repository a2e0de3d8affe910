"""What the demo plants: tokens, requests and USD of every week, model and category.

The study's published series are margins (a share a week by class, by category, by author); the
demo needs the cells behind them. They are found by proportional fitting: a plausible start is
scaled, margin by margin, until all margins hold together. The files of ``plan/`` hold margins and
start; ``plan/README.md`` says where each comes from.

Token volumes are those of the study (trillions); :mod:`llm_usage.demo.writing` scales them to the
number of requests asked for.
"""

import csv
import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from llm_usage import PROJECT_ROOT

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

PLAN = Path(__file__).parent / "plan"
FIRST_DAY = datetime.date(2024, 11, 1)
LAST_DAY = datetime.date(2025, 11, 30)
FIRST_LABELLED_WEEK = datetime.date(2025, 5, 19)
"""The study's labels begin in mid-May 2025."""

CATEGORIES = (
    "programming", "roleplay", "technology", "science", "translation", "finance", "academia",
    "health", "legal", "marketing", "trivia", "seo", "other",
)  # fmt: skip
OTHER = CATEGORIES.index("other")

_ROUNDS = 400
_CLOSE_ENOUGH = 1e-4
"""Fitting stops when every margin is met but for this fraction."""

_EDGE_WEEKS = 4
"""The study compares its first weeks with its last: so many are held at the published values."""

# USD per million tokens by category: the study's median and quadrants (Figure 26); single costs
# are not printed.
_CATEGORY_USD = {
    "programming": 0.70, "roleplay": 0.33, "technology": 2.2, "science": 1.0, "translation": 0.28,
    "finance": 1.15, "academia": 0.88, "health": 0.76, "legal": 0.25, "marketing": 0.95,
    "trivia": 0.30, "seo": 0.45,
}  # fmt: skip

# Table 1: trillions of tokens of the ten largest authors of open models.
_OPEN_AUTHOR_TRILLIONS = {
    "deepseek": 14.37, "qwen": 5.59, "meta-llama": 3.96, "mistralai": 2.92, "openai": 1.65,
    "minimax": 1.26, "z-ai": 1.18, "tngtech": 1.13, "moonshotai": 0.92, "google": 0.82,
}  # fmt: skip

# Open models with 5 % and more of open tokens in the last weeks: the study names five to seven.
_LAST_LEADERS = {
    "minimax/minimax-m2": 0.090, "deepseek/deepseek-chat-v3.1": 0.072,
    "mistralai/mistral-small-3.2-24b-instruct": 0.060, "deepseek/deepseek-chat-v3-0324": 0.058,
    "openai/gpt-oss-120b": 0.057, "mistralai/mistral-nemo": 0.057,
    "tngtech/deepseek-r1t2-chimera": 0.057,
}  # fmt: skip

# The largest that an author outside that table may have.
_LARGEST_OTHER_TRILLIONS = 0.75

# Shares of open tokens by size in the last weeks (Figure 4, as read from the chart).
_LAST_SIZE_SHARES = {"small": 0.12, "medium": 0.38, "large": 0.50}


@dataclass(frozen=True)
class Model:
    """A model of the demo, with what the registry says of it.

    ``usd_per_million`` is what its paid requests are to cost on average, free ones included;
    ``tokens_t`` a total that the study prints (trillions), else NaN; ``length`` how long its
    requests are beside others of their category.
    """

    model_id: str
    profile: str
    provider: str
    usd_per_million: float
    free_share: float
    length: float
    tokens_t: float
    author: str
    weights_class: str
    origin: str
    size_tier: str
    is_reasoning: bool
    is_tail: bool


@dataclass(frozen=True)
class Plan:
    """The cells. Axes: weeks (W), models (M), categories (C); all weeks begin on a Monday.

    ``tokens`` (W, M, C) in trillions; ``prompt`` and ``completion`` (W, M, C) mean tokens per
    request; ``usd`` (W, M, C) USD per million tokens of paid requests; ``tool_share`` (W, M) the
    part of a model's requests that end in a tool call; ``asia`` (W) Asia's share.
    """

    weeks: tuple[datetime.date, ...]
    models: tuple[Model, ...]
    tokens: Numbers
    prompt: Numbers
    completion: Numbers
    usd: Numbers
    tool_share: Numbers
    asia: Numbers

    @property
    def requests(self) -> Numbers:
        """Requests (W, M, C), in millions of millions as the tokens are."""
        return self.tokens / (self.prompt + self.completion)


def make_plan() -> Plan:
    """Fit the cells to the published margins. Takes some seconds; the same every time."""
    models = read_models()
    weeks = _weeks()
    volumes = _fit_models(weeks, models)
    tokens = _fit_categories(weeks, models, volumes)
    prompt, completion = _lengths(weeks, models, tokens)
    return Plan(
        weeks=weeks,
        models=models,
        tokens=tokens,
        prompt=prompt,
        completion=completion,
        usd=_fit_prices(weeks, models, tokens),
        tool_share=_tool_shares(weeks, models, tokens.sum(axis=2)),
        asia=_curve("asia", weeks),
    )


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of a file of ``plan/``."""
    with (PLAN / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_models() -> tuple[Model, ...]:
    """The models of the demo, in the order of ``plan/models.csv``."""
    registry = {row["model_id"]: row for row in _seed("registry_models.csv")}
    weights = {row["model_id"]: row["weights_class"] for row in _seed("registry_model_weights.csv")}
    origins = {row["author"]: row["origin"] for row in _seed("registry_authors.csv")}
    for row in _seed("registry_overrides.csv"):
        if row["entity"] == "weights":
            weights[row["key"]] = row["value"]
    models = []
    for row in read_rows("models.csv"):
        known = registry[row["model_id"]]
        models.append(
            Model(
                model_id=row["model_id"],
                profile=row["profile"],
                provider=row["provider"],
                usd_per_million=float(row["usd_per_million"]),
                free_share=float(row["free_share"]),
                length=float(row["length"]),
                tokens_t=float(row["tokens_t"] or "nan"),
                author=known["author"],
                weights_class=weights.get(row["model_id"], "unknown"),
                origin=origins.get(known["author"], "unknown"),
                size_tier=_size_tier(known["parameters_total_b"]),
                is_reasoning=known["is_reasoning_model"] == "true",
                is_tail=row["is_tail"] == "true",
            )
        )
    return tuple(models)


def _seed(name: str) -> list[dict[str, str]]:
    path = PROJECT_ROOT / "seeds" / "registry" / name
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _size_tier(parameters: str) -> str:
    if not parameters:
        return "unknown"
    return "small" if float(parameters) < 15 else "medium" if float(parameters) < 70 else "large"


def _weeks() -> tuple[datetime.date, ...]:
    first = FIRST_DAY - datetime.timedelta(days=FIRST_DAY.weekday())
    return tuple(
        first + datetime.timedelta(days=days) for days in range(0, (LAST_DAY - first).days + 1, 7)
    )


def _interpolated(weeks: Sequence[datetime.date], knots: Mapping[str, float]) -> Numbers:
    days = [datetime.date.fromisoformat(on).toordinal() for on in sorted(knots)]
    values = [knots[on] for on in sorted(knots)]
    # A week counts by its Wednesday, so that it lies inside the knots of its days.
    return np.interp([week.toordinal() + 2 for week in weeks], days, values)


def _curve(name: str, weeks: Sequence[datetime.date]) -> Numbers:
    knots = {
        row["on"]: float(row["value"]) for row in read_rows("curves.csv") if row["curve"] == name
    }
    return _interpolated(weeks, knots)


def _mask(models: Sequence[Model], test: Callable[[Model], bool]) -> Flags:
    return np.array([test(model) for model in models])


def _scaled(cells: Numbers, chosen: Flags, target: float) -> None:
    """Scale the chosen cells so that they sum to the target; cells of zero stay zero."""
    total = cells[chosen].sum()
    if total > 0:
        cells[chosen] *= target / total


# ---- tokens by week and model -------------------------------------------------------------------


def _fit_models(weeks: Sequence[datetime.date], models: Sequence[Model]) -> Numbers:
    start = _start_volumes(weeks, models)
    weekly = _curve("weekly_tokens", weeks)
    weekly[0] *= 3 / 7  # the log begins on the Friday
    cells = start / start.sum(axis=1, keepdims=True) * weekly[:, None]
    classes = _class_targets(weeks, models)
    reasoning = _mask(models, lambda model: model.is_reasoning)
    shares = {row["week_start"]: float(row["share"]) for row in read_rows("reasoning_share.csv")}
    closed = _mask(models, lambda model: model.weights_class == "closed")
    totals = _model_totals(models)
    others = _other_open_authors(models)
    leaders = [
        (place, _LAST_LEADERS[model.model_id])
        for place, model in enumerate(models)
        if model.model_id in _LAST_LEADERS
    ]
    sizes = {
        tier: _mask(models, lambda m, tier=tier: m.weights_class == "open" and m.size_tier == tier)
        for tier in _LAST_SIZE_SHARES
    }
    for _ in range(_ROUNDS):
        for week, day in enumerate(weeks):
            row = cells[week]
            share = shares[day.isoformat()]
            part = row[reasoning].sum() / row.sum()
            if share > 0.02 and part > 0:
                odds = share / (1 - share) / (part / (1 - part))
                row[reasoning & closed] *= odds**0.5
            if week >= len(weeks) - _EDGE_WEEKS:
                open_total = sum(row[chosen].sum() for chosen in sizes.values())
                for place, share in leaders:
                    row[place] = share * open_total
                for tier, chosen in sizes.items():
                    _scaled(row, chosen, _LAST_SIZE_SHARES[tier] * open_total)
            for chosen, target in classes:
                _scaled(row, chosen, target[week] * weekly[week])
        sums = cells.sum(axis=0)
        for chosen, total in totals:
            cells[:, chosen] *= total / sums[chosen].sum()
        for chosen in others:
            cells[:, chosen] *= min(1.0, _LARGEST_OTHER_TRILLIONS / sums[chosen].sum())
    return cells


def _other_open_authors(models: Sequence[Model]) -> list[list[int]]:
    places: dict[str, list[int]] = {}
    for place, model in enumerate(models):
        if model.weights_class == "open" and model.author not in _OPEN_AUTHOR_TRILLIONS:
            places.setdefault(model.author, []).append(place)
    return [own for own in places.values() if not all(models[place].is_tail for place in own)]


def _start_volumes(weeks: Sequence[datetime.date], models: Sequence[Model]) -> Numbers:
    knots: dict[str, dict[str, float]] = {}
    for row in read_rows("model_volumes.csv"):
        knots.setdefault(row["model_id"], {})[row["on"]] = float(row["percent_of_tokens"])
    columns = []
    for model in models:
        known = knots[model.model_id]
        launched = datetime.date.fromisoformat(min(known))
        values = _interpolated(weeks, known)
        for week, day in enumerate(weeks):
            days_used = min(7, (day - launched).days + 7)
            if days_used <= 0:
                values[week] = 0
            elif days_used < 7 and launched > FIRST_DAY:
                values[week] *= days_used / 7
        columns.append(values)
    return np.array(columns).T


def _class_targets(
    weeks: Sequence[datetime.date], models: Sequence[Model]
) -> list[tuple[Flags, Numbers]]:
    parts = {
        ("open", "china"): _curve("open_china", weeks),
        ("open", "rest_of_world"): _curve("open_rest_of_world", weeks),
        ("open", "unknown"): _curve("open_unknown", weeks),
        ("closed", "china"): _curve("closed_china", weeks),
    }
    unknown = _mask(models, lambda model: model.weights_class == "unknown")
    rest = 1 - sum(parts.values())
    parts["closed", "rest_of_world"] = rest
    targets = [
        (_mask(models, lambda m, key=key: (m.weights_class, m.origin) == key), share)
        for key, share in parts.items()
    ]
    # Stealth models are out for a few weeks only and come out of the closed ones' share.
    stealth = (_start_volumes(weeks, models)[:, unknown].sum(axis=1)) / 100
    targets[-1] = (targets[-1][0], rest - stealth)
    targets.append((unknown, stealth))
    return targets


def _model_totals(models: Sequence[Model]) -> list[tuple[list[int], float]]:
    fixed = {place for place, model in enumerate(models) if not np.isnan(model.tokens_t)}
    totals: list[tuple[list[int], float]] = []
    for author, trillions in _OPEN_AUTHOR_TRILLIONS.items():
        own = [
            place
            for place, model in enumerate(models)
            if model.author == author and model.weights_class == "open"
        ]
        printed = sum(models[place].tokens_t for place in own if place in fixed)
        totals.append(([place for place in own if place not in fixed], trillions - printed))
    totals += [([place], models[place].tokens_t) for place in sorted(fixed)]
    return totals


# ---- categories ---------------------------------------------------------------------------------


def _fit_categories(
    weeks: Sequence[datetime.date], models: Sequence[Model], volumes: Numbers
) -> Numbers:
    """Split each model's week over categories; (W, M, C), sums over C are the volumes."""
    other = _curve("other_category", weeks)
    first = weeks.index(FIRST_LABELLED_WEEK)
    cells = np.zeros((len(weeks), len(models), len(CATEGORIES)))
    cells[:, :, OTHER] = volumes * other[:, None]
    margins = _CategoryMargins(weeks, models)
    for week in range(first, len(weeks)):
        labelled = volumes[week] * (1 - other[week])
        cells[week, :, :OTHER] = margins.fitted(week, labelled)
    # No labels exist from before; lengths and prices need a split all the same: the first weeks'.
    known = cells[first : first + _EDGE_WEEKS, :, :OTHER].sum(axis=0)
    fallback = margins.start(first)
    split = np.where(known.sum(axis=1, keepdims=True) > 0, known, fallback)
    split /= split.sum(axis=1, keepdims=True)
    cells[:first, :, :OTHER] = (volumes[:first] * (1 - other[:first, None]))[:, :, None] * split
    return cells


class _CategoryMargins:
    def __init__(self, weeks: Sequence[datetime.date], models: Sequence[Model]) -> None:
        self._weeks = weeks
        self._models = models
        self._first = weeks.index(FIRST_LABELLED_WEEK)
        self._profiles = self._read_profiles()
        self._shares: dict[tuple[str, str], float] = {
            (row["week_start"], row["category"]): float(row["share"])
            for row in read_rows("category_shares.csv")
        }
        self._last_programming = 0.507

    def _read_profiles(self) -> dict[str, Numbers]:
        knots: dict[str, dict[str, dict[str, float]]] = {}
        for row in read_rows("profiles.csv"):
            by_category = knots.setdefault(row["profile"], {})
            by_category.setdefault(row["category"], {})[row["on"]] = float(row["share"])
        return {
            profile: np.array(
                [_interpolated(self._weeks, by_category[name]) for name in CATEGORIES[:OTHER]]
            ).T
            for profile, by_category in knots.items()
        }

    def start(self, week: int) -> Numbers:
        """The profile of each model in a week, (M, C without `other`), rows sum to 1."""
        shares = np.array([self._profiles[model.profile][week] for model in self._models])
        return shares / shares.sum(axis=1, keepdims=True)

    def fitted(self, week: int, labelled: Numbers) -> Numbers:
        """One week's cells (M, C without `other`) from its labelled tokens (M)."""
        cells = self.start(week) * labelled[:, None]
        targets = [
            (np.outer(rows, columns), share * of)
            for rows, columns, share, of in self._targets(week, labelled)
        ]
        for _ in range(_ROUNDS):
            largest = max(_move(cells, chosen, target, labelled) for chosen, target in targets)
            if largest < _CLOSE_ENOUGH:
                break
        return cells

    def _targets(self, week: int, labelled: Numbers) -> Iterable[tuple[Flags, Flags, float, float]]:
        """Margins of a week: rows and columns of a block, its share, and of which total."""
        models = self._models
        day = self._weeks[week].isoformat()
        place, last = week - self._first, week >= len(self._weeks) - _EDGE_WEEKS
        everyone = np.ones(len(models), dtype=bool)
        total = labelled.sum()

        def author(name: str) -> Flags:
            return _mask(models, lambda model: model.author == name)

        def columns(*names: str) -> Flags:
            return np.array([name in names for name in CATEGORIES[:OTHER]])

        def block(rows: Flags, share: float, *names: str) -> tuple[Flags, Flags, float, float]:
            return rows, columns(*names), share, labelled[rows].sum()

        is_open = _mask(models, lambda model: model.weights_class == "open")
        china = is_open & _mask(models, lambda model: model.origin == "china")
        rest = is_open & _mask(models, lambda model: model.origin == "rest_of_world")
        yield block(author("x-ai"), 0.70 if day >= "2025-11-24" else 0.86, "programming")
        if place >= _EDGE_WEEKS:
            yield block(author("anthropic"), 0.85, "programming", "technology")
            yield block(author("qwen"), 0.50, "programming")
        else:
            yield block(author("anthropic"), 0.80, "programming", "technology")
        if not last and place >= _EDGE_WEEKS:
            yield block(author("deepseek"), 0.72, "roleplay")
        if place < 2:
            yield block(author("openai"), (0.55, 0.42)[place], "science")
        if place < _EDGE_WEEKS:
            roleplay = 0.30 * total
            yield ~is_open, columns("roleplay"), 0.70, roleplay
            yield rest, columns("roleplay"), 0.22, roleplay
            yield china, columns("roleplay"), 0.08, roleplay
        if last:
            for name, share in (("programming", 0.18), ("legal", 0.05), ("science", 0.10)):
                yield block(author("google"), share, name)
            for name, share in (("programming", 0.29), ("technology", 0.29), ("science", 0.10)):
                yield block(author("openai"), share, name)
            yield block(china, 0.39, "programming", "technology")
            yield block(china, 0.325, "roleplay")
            yield block(is_open, 0.527, "roleplay")
            yield block(is_open, 0.175, "programming")
            # Figure 9 ends with closed models at 42 % of roleplay, the rest of the world's open
            # ones at 43 %; both cannot be met to the digit beside Figures 6 and 7.
            closed_roleplay = 0.527 * labelled[is_open].sum() * 0.410 / 0.590
            yield ~is_open, columns("roleplay"), 1.0, closed_roleplay
            yield everyone, columns("programming"), self._last_programming, total
        else:
            for name in ("science", "technology", "programming"):
                if (day, name) in self._shares:
                    share = self._shares[day, name]
                    # The published first weeks leave no room for roleplay of 30 %.
                    if name == "science":
                        share *= 0.8
                    yield everyone, columns(name), share, total


def _move(cells: Numbers, chosen: Flags, target: float, rows: Numbers) -> float:
    """Scale a block to its target and the rest of its rows against it, so that rows keep sums.

    Returns how far the block was from its target, as a fraction of it.
    """
    total = cells[chosen].sum()
    touched = chosen.any(axis=1)
    free = (cells * ~chosen)[touched].sum()
    room = rows[touched].sum()
    if total <= 0 or free <= 0 or target >= room:
        return 0.0
    odds = (target / (room - target)) / (total / free)
    cells[chosen] *= odds
    sums = cells.sum(axis=1, keepdims=True)
    cells *= np.divide(rows[:, None], sums, out=np.zeros_like(sums), where=sums > 0)
    return float(abs(total / target - 1))


# ---- lengths ------------------------------------------------------------------------------------


def _lengths(
    weeks: Sequence[datetime.date], models: Sequence[Model], tokens: Numbers
) -> tuple[Numbers, Numbers]:
    """Mean prompt and completion tokens of a request, each (W, M, C)."""
    by_category = _category_prompts(weeks)
    prompt_mean = _curve("mean_prompt_tokens", weeks)
    completion_mean = _curve("mean_completion_tokens", weeks)
    factor = np.array([model.length for model in models])
    tail = _mask(models, lambda model: model.is_tail)
    spoken = np.array([1.4 if model.is_reasoning else 0.8 for model in models])
    prompt = by_category[:, None, :] * factor[None, :, None]
    completion = np.broadcast_to(
        completion_mean[:, None, None] * spoken[None, :, None], prompt.shape
    ).copy()
    # Small models are asked short things; their number of requests is then large enough to show.
    prompt[:, tail, :] = 420
    completion[:, tail, :] = 60
    first = weeks.index(FIRST_LABELLED_WEEK)
    body = ~tail
    for week in range(len(weeks)):
        cells = tokens[week][body]
        for _ in range(40):
            count = cells / (prompt[week][body] + completion[week][body])
            sums = count.sum(axis=0)
            if week >= first:
                mean = (count * prompt[week][body]).sum(axis=0) / np.where(sums > 0, sums, 1)
                scale = by_category[week] / np.where(mean > 0, mean, 1)
            else:
                mean = (count * prompt[week][body]).sum() / count.sum()
                scale = np.full(len(CATEGORIES), prompt_mean[week] / mean)
            if week >= first:
                # What no label says more of takes up the difference to the mean of all requests.
                labelled = count[:, :OTHER].sum()
                wanted = tokens[week].sum() / (prompt_mean[week] + completion_mean[week])
                rest = max(wanted - labelled - _tail_requests(tokens[week], tail), wanted * 0.05)
                length = cells[:, OTHER].sum() / rest - completion_mean[week] * 0.9
                scale[OTHER] = max(length, 150.0) / (
                    (count[:, OTHER] * prompt[week][body][:, OTHER]).sum() / sums[OTHER]
                )
            prompt[week, body] *= scale[None, :]
            count = cells / (prompt[week][body] + completion[week][body])
            completion[week, body] *= completion_mean[week] / (
                (count * completion[week][body]).sum() / count.sum()
            )
    return prompt, completion


def _tail_requests(tokens: Numbers, tail: Flags) -> float:
    return float(tokens[tail].sum() / 480)


def _category_prompts(weeks: Sequence[datetime.date]) -> Numbers:
    knots: dict[str, dict[str, float]] = {name: {} for name in CATEGORIES}
    for row in read_rows("prompt_lengths.csv"):
        middle = datetime.date.fromisoformat(row["week_start"]) + datetime.timedelta(days=2)
        knots[row["category"]][middle.isoformat()] = float(row["prompt_tokens"])
    knots["seo"] = {"2025-05-21": 2500.0}
    knots["other"] = {"2025-05-21": 1500.0}
    return np.array([_interpolated(weeks, knots[name]) for name in CATEGORIES]).T


# ---- prices -------------------------------------------------------------------------------------


def _fit_prices(
    weeks: Sequence[datetime.date], models: Sequence[Model], tokens: Numbers
) -> Numbers:
    """USD per million tokens (W, M, C) over all requests of a cell, free ones included."""
    price = np.array([model.usd_per_million for model in models])
    labelled = np.arange(len(weeks)) >= weeks.index(FIRST_LABELLED_WEEK)
    spend = tokens * price[None, :, None]
    free_launch = _mask(models, lambda m: m.model_id == "x-ai/grok-code-fast-1")
    for week, day in enumerate(weeks):
        if day < datetime.date(2025, 9, 8):
            spend[week, free_launch] = 0
    fixed = spend[:, :, :].copy()
    tail = _mask(models, lambda model: model.is_tail)
    body = ~tail & (price > 0)
    programming = CATEGORIES.index("programming")
    shares: dict[str, dict[str, float]] = {}
    for row in read_rows("programming_spend.csv"):
        shares.setdefault(row["week_start"], {})[row["author"]] = float(row["share"])
    authors = {
        name: _mask(models, lambda model, name=name: model.author == name)
        for name in ("anthropic", "google", "openai")
    }
    for _ in range(_ROUNDS):
        for name, usd in _CATEGORY_USD.items():
            column = CATEGORIES.index(name)
            target = usd * tokens[labelled, :, column].sum()
            spend[labelled, :, column] *= target / spend[labelled, :, column].sum()
        for week, day in enumerate(weeks):
            for_week = shares.get(day.isoformat())
            if for_week is None:
                continue
            column = spend[week, :, programming]
            total = column.sum()
            named = np.zeros(len(models), dtype=bool)
            for name, chosen in authors.items():
                _scaled(column, chosen, for_week[name] * total)
                named |= chosen
            _scaled(column, ~named, (1 - sum(for_week.values())) * total)
        sums = spend.sum(axis=(0, 2))
        wanted = fixed.sum(axis=(0, 2))
        scale = np.divide(wanted, sums, out=np.ones_like(sums), where=(sums > 0) & body)
        spend *= scale[None, :, None]
        spend[:, tail] = fixed[:, tail]
    return np.divide(spend, tokens, out=np.zeros_like(spend), where=tokens > 0)


# ---- tool calls ---------------------------------------------------------------------------------


def _tool_shares(
    weeks: Sequence[datetime.date], models: Sequence[Model], volumes: Numbers
) -> Numbers:
    """The part of a model's tokens in requests that end in a tool call, (W, M)."""
    leaders: dict[str, dict[str, float]] = {}
    for row in read_rows("tool_call_models.csv"):
        leaders.setdefault(row["month_start"], {})[row["model_id"]] = float(row["share"])
    places = {model.model_id: place for place, model in enumerate(models)}
    wanted = _curve("tool_calls", weeks)
    result = np.zeros_like(volumes)
    rest = _mask(
        models, lambda m: not m.is_tail and m.weights_class == "closed" and not m.free_share
    )
    for week, day in enumerate(weeks):
        middle = day + datetime.timedelta(days=3)
        by_model = leaders.get(middle.replace(day=1).isoformat(), leaders["2025-01-01"])
        total = wanted[week] * volumes[week].sum()
        tool = np.zeros(len(models))
        for model_id, share in by_model.items():
            tool[places[model_id]] = 0.93 * share * total
        # The top ten hold nearly all; the rest is spread over many, each below the tenth.
        others = rest & (tool == 0)
        spread = np.minimum(volumes[week] * others, 0.006 * total)
        tool += spread
        for _ in range(20):
            tool = np.minimum(tool, 0.92 * volumes[week])
            missing = total - tool.sum()
            if missing <= 1e-12 * total:
                break
            room = (0.92 * volumes[week] - tool) * (tool > 0)
            if room.sum() <= 0:
                break
            tool += room * min(1.0, missing / room.sum())
        tool *= total / tool.sum()
        result[week] = np.divide(tool, volumes[week], out=np.zeros_like(tool), where=tool > 0)
    return np.minimum(result, 0.97)
