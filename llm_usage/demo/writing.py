"""Writes the demo: requests by day, tags and accounts, as an operator of a gateway has them.

DuckDB makes the rows, a few million at a time, from cells of day, model and category
(:mod:`llm_usage.demo.planning`), so memory does not grow with the size of the demo. Nothing is
drawn by chance where an even spread can stand in: every choice is the fractional part of a
multiple of an irrational number, whose values fill the unit interval evenly. So the planted
shares come out at sizes at which a random draw would blur them.
"""

import calendar
import datetime
import math
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import duckdb
import numpy as np
from numpy.typing import NDArray

from llm_usage.demo.planning import (
    CATEGORIES,
    FIRST_DAY,
    FIRST_LABELLED_WEEK,
    LAST_DAY,
    Numbers,
    Plan,
    make_plan,
    read_rows,
)
from llm_usage.errors import UsageError
from llm_usage.inputs import engine_settings, literal

SAMPLING_RATE = 0.4
"""Part of the labelled weeks' requests that have tags. The study's 0.0025 is of billions."""

MOST_REQUESTS = 2_000_000_000
_ROWS_PER_STEP = 3_000_000
_WEEKDAY_WEIGHTS = (1.08, 1.12, 1.12, 1.1, 1.04, 0.76, 0.78)
_NEW_ACCOUNTS_PER_REQUEST = 0.06
_FULL_RATE_REQUESTS = 60_000
_QUANTILES = 2048
_PLACES = 10_000
_PROMPT_SIGMA, _COMPLETION_SIGMA, _TAIL_SIGMA = 0.85, 0.8, 0.2
_ASIA_BASE = 0.2861
_HUGE_ACCOUNT_MODEL = "openai/gpt-4o-mini"
_HUGE_ACCOUNT_DAYS = (datetime.date(2025, 5, 1), datetime.date(2025, 5, 18))
"""The study's chart of tool calls has one large account in May 2025."""

# One irrational number per choice; square roots of primes are independent of each other.
_STEPS = {
    name: math.sqrt(prime) % 1
    for name, prime in zip(
        (
            "prompt", "completion", "time", "tool", "sampled", "path", "language", "free", "alias",
            "finish", "cached", "noise", "account", "latency", "byok",
        ),
        (2, 3, 5, 7, 11, 13, 19, 23, 29, 31, 41, 43, 47, 53, 59),
        strict=True,
    )
}  # fmt: skip

_MONTH_PRIMES = (61, 67, 71, 73, 79, 83, 89, 97, 103, 107, 109, 113, 127)

# Names under which some gateways log these models.
_ALIASES = {
    "anthropic/claude-sonnet-4": "claude-sonnet-4-20250514",
    "anthropic/claude-3.7-sonnet": "anthropic/claude-3-7-sonnet-20250219",
    "google/gemini-2.5-flash": "gemini/gemini-2.5-flash",
    "google/gemini-2.0-flash-001": "vertex_ai/gemini-2.0-flash-001",
    "deepseek/deepseek-chat-v3-0324": "deepseek-ai/DeepSeek-V3-0324",
    "meta-llama/llama-3.3-70b-instruct": "meta-llama/Llama-3.3-70B-Instruct",
    "openai/gpt-4o-mini": "azure/gpt-4o-mini",
}


@dataclass(frozen=True)
class Written:
    """What was written: raw records (all that is in the files), tags and accounts."""

    records: int
    tags: int
    accounts: int


@dataclass(frozen=True)
class _Cells:
    """Cells with requests in them, one entry each, in order of month, model, category and day."""

    month: NDArray[np.int32]
    day: NDArray[np.int32]
    model: NDArray[np.int32]
    category: NDArray[np.int32]
    requests: NDArray[np.int64]
    start: NDArray[np.int64]
    week: NDArray[np.int32]


def write_demo(
    folder: Path,
    requests: int,
    seed: int,
    progress: Callable[[int], object] = lambda done: None,
    sampling_rate: float = SAMPLING_RATE,
) -> Written:
    """Write the demo's files; the same rows for the same number and seed.

    :param folder: gets ``requests/requested_on=YYYY-MM-DD/*.parquet``, ``tags/*.parquet`` and
        ``accounts/accounts.parquet``; what stood there before is removed first.
    :param requests: how many requests, about; dirt comes on top.
    :param seed: another seed moves every choice, not the shares.
    :param progress: is called with the number of requests written by each step.
    :param sampling_rate: part of the labelled weeks' requests that have tags, 0 to 1.
    :returns: counts of what was written.
    :raises UsageError: a number of requests, or a rate, out of range.
    """
    if not 0 <= sampling_rate <= 1:
        raise UsageError(f"--sampling-rate {sampling_rate}: from 0 to 1")
    if not 10_000 <= requests <= MOST_REQUESTS:
        raise UsageError(f"--requests {requests}: from 10,000 to {MOST_REQUESTS:,}")
    plan = make_plan()
    cells = _cells(plan, requests, seed)
    for name in ("requests", "tags", "accounts"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    settings = engine_settings(folder)
    with duckdb.connect(config=settings) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        writer = _Writer(connection, folder, plan, cells, seed, sampling_rate)
        for month in range(int(cells.month.max()) + 1):
            writer.activate(month)
            for days in _steps(cells, month):
                progress(writer.write(month, *days))
        accounts = writer.write_accounts()
    shutil.rmtree(settings["temp_directory"], ignore_errors=True)
    return Written(writer.records, writer.tags, accounts)


def _months() -> list[datetime.date]:
    months = [FIRST_DAY.replace(day=1)]
    while (following := _next_month(months[-1])) <= LAST_DAY:
        months.append(following)
    return months


def _next_month(month: datetime.date) -> datetime.date:
    return month + datetime.timedelta(days=calendar.monthrange(month.year, month.month)[1])


def _cells(plan: Plan, requests: int, seed: int) -> _Cells:
    """Whole requests per day, model and category; what is left of one day adds to the next."""
    source = np.random.default_rng(seed)
    days = np.arange(FIRST_DAY.toordinal(), LAST_DAY.toordinal() + 1)
    dates = [datetime.date.fromordinal(int(day)) for day in days]
    week_of = np.array([(day - plan.weeks[0].toordinal()) // 7 for day in days])
    weekday = np.array([_WEEKDAY_WEIGHTS[date.weekday()] for date in dates])
    launches = _launches(plan)
    wanted = plan.requests * (requests / plan.requests.sum())
    month_of = np.array([(date.year - FIRST_DAY.year) * 12 + date.month - FIRST_DAY.month
                         for date in dates])  # fmt: skip
    parts: list[tuple[NDArray[np.int64], ...]] = []
    for model in range(len(plan.models)):
        weight = weekday * (days >= launches[model])
        per_week = np.bincount(week_of, weight, minlength=len(plan.weeks))
        share = np.divide(weight, per_week[week_of], out=np.zeros(len(days)),
                          where=per_week[week_of] > 0)  # fmt: skip
        expected = wanted[week_of, model, :] * share[:, None]
        offset = source.random(len(CATEGORIES)) if not plan.models[model].is_tail else 0.5
        running = np.floor(np.cumsum(expected, axis=0) + offset).astype(np.int64)
        before = np.vstack([np.floor(np.zeros(len(CATEGORIES)) + offset), running[:-1]])
        counts = running - before.astype(np.int64)
        category, place = np.nonzero(counts.T)
        parts.append((month_of[place], np.full(len(place), model), category, days[place],
                      counts[place, category], week_of[place]))  # fmt: skip
    month, model, category, day, count, week = (
        np.concatenate([part[column] for part in parts]) for column in range(6)
    )
    order = np.lexsort((day, category, model, month))
    month, model, category, day, count, week = (
        values[order] for values in (month, model, category, day, count, week)
    )
    ends = np.cumsum(count)
    group = month * len(plan.models) + model
    first = np.r_[True, group[1:] != group[:-1]]
    base = np.maximum.accumulate(np.where(first, ends - count, 0))
    return _Cells(
        month=month.astype(np.int32),
        day=day.astype(np.int32),
        model=model.astype(np.int32),
        category=category.astype(np.int32),
        requests=count,
        start=ends - count - base,
        week=week.astype(np.int32),
    )


def _launches(plan: Plan) -> list[int]:
    first: dict[str, str] = {}
    for row in read_rows("model_volumes.csv"):
        first[row["model_id"]] = min(row["on"], first.get(row["model_id"], row["on"]))
    return [datetime.date.fromisoformat(first[model.model_id]).toordinal() for model in plan.models]


def _steps(cells: _Cells, month: int) -> Iterator[tuple[int, int]]:
    """Runs of days of a month, each with few enough requests to be made at once."""
    chosen = cells.month == month
    if not chosen.any():
        return
    first, last = int(cells.day[chosen].min()), int(cells.day[chosen].max())
    per_day = np.bincount(cells.day[chosen] - first, cells.requests[chosen])
    begin, total = first, 0.0
    for day in range(first, last + 1):
        if total and total + per_day[day - first] > _ROWS_PER_STEP:
            yield begin, day - 1
            begin, total = day, 0.0
        total += per_day[day - first]
    yield begin, last


class _Writer:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        plan: Plan,
        cells: _Cells,
        seed: int,
        sampling_rate: float,
    ) -> None:
        self._connection = connection
        self._sampling_rate = sampling_rate
        self._folder = folder
        self._plan = plan
        self._cells = cells
        self._seed = seed
        self._months = _months()
        self.records = 0
        self.tags = 0
        counts = np.zeros((len(plan.models), len(self._months)))
        np.add.at(counts, (cells.model, cells.month), cells.requests)
        self._requests = counts
        self._new = _new_accounts(counts)
        self._kept = _kept_shares(plan, self._months, counts, self._new)
        # An account meets a model for the first time once: the largest uses half of all.
        self._universe = 2 * int(self._new.sum(axis=1).max()) + 1
        self._load_tables()

    def _load_tables(self) -> None:
        plan = self._plan
        self._load(
            "models",
            {
                "model": np.arange(len(plan.models), dtype=np.int32),
                "model_id": _texts(model.model_id for model in plan.models),
                "alias": _texts(_ALIASES.get(model.model_id, "") for model in plan.models),
                "provider": _texts(model.provider for model in plan.models),
                "free_share": np.array([model.free_share for model in plan.models]),
                "is_reasoning": np.array([model.is_reasoning for model in plan.models]),
                # The totals and prices that the study prints are planted without noise.
                "is_even": np.array(
                    [model.is_tail or not math.isnan(model.tokens_t) for model in plan.models]
                ),
                "is_tail": np.array([model.is_tail for model in plan.models]),
                "is_stealth": np.array([model.author == "openrouter" for model in plan.models]),
                "is_anthropic": np.array([model.author == "anthropic" for model in plan.models]),
                "is_cached": np.array(
                    [
                        model.weights_class == "closed" or model.author == "deepseek"
                        for model in plan.models
                    ]
                ),
            },
        )
        normal = NormalDist()
        middles = [normal.inv_cdf((place + 0.5) / _QUANTILES) for place in range(_QUANTILES)]
        factors = []
        for sigma in (_PROMPT_SIGMA, _COMPLETION_SIGMA, _TAIL_SIGMA):
            values = np.exp(sigma * np.array(middles))
            factors.append(values / values.mean())
        self._load(
            "quantiles",
            {
                "place": np.arange(_QUANTILES, dtype=np.int32),
                "prompt_factor": factors[0],
                "completion_factor": factors[1],
                "tail_factor": factors[2],
            },
        )
        self._load_choices("countries", "country_code", None)
        self._load_choices("languages", "language", None)
        self._load_choices("tags", "tag", "category")

    def _load(self, name: str, columns: dict[str, NDArray[np.generic]]) -> None:
        self._connection.register("loaded_columns", columns)
        self._connection.execute(
            f"create or replace temp table {name} as select * from loaded_columns"
        )
        self._connection.unregister("loaded_columns")

    def _load_choices(self, name: str, value: str, within: str | None) -> None:
        """A table that gives each ten-thousandth of the unit interval to a value, by its share."""
        rows = read_rows(f"{name}.csv")
        ends: dict[int, float] = {}
        parts: list[int] = []
        places: list[int] = []
        values: list[str] = []
        last = {row[within] if within else "": number for number, row in enumerate(rows)}
        for number, row in enumerate(rows):
            group = row[within] if within else ""
            part = CATEGORIES.index(group) if within else 0
            low = ends.get(part, 0.0)
            ends[part] = 1.0 if last[group] == number else low + float(row["share"])
            own = range(round(low * _PLACES), round(ends[part] * _PLACES))
            parts += [part] * len(own)
            places += own
            values += [row[value]] * len(own)
        self._load(
            name,
            {
                "part": np.array(parts, dtype=np.int32),
                "place": np.array(places, dtype=np.int32),
                "value": _texts(values),
            },
        )

    # ---- accounts -------------------------------------------------------------------------------

    def activate(self, month: int) -> None:
        """Decide which accounts use which model in a month, in order of their countries."""
        cohorts, totals = [], []
        step = math.sqrt(_MONTH_PRIMES[month % len(_MONTH_PRIMES)]) % 1
        for model in np.flatnonzero(self._requests[:, month]):
            first = 0
            for cohort in range(month + 1):
                size = int(self._new[model, cohort])
                kept = float(self._kept[model, cohort, month - cohort])
                if size and kept > 0:
                    cohorts.append(
                        (int(model), first, size, round(kept * size), _coprime(size, step))
                    )
                first += size
            count = int(self._requests[model, month])
            totals.append((int(model), count, _coprime(count)))
        run = self._connection.execute
        models, firsts, sizes, kept_counts, factors = zip(*cohorts, strict=True)
        self._load(
            "cohorts",
            {
                "model": np.array(models, dtype=np.int32),
                "first": np.array(firsts, dtype=np.int64),
                "size": np.array(sizes, dtype=np.int64),
                "kept": np.array(kept_counts, dtype=np.int64),
                "factor": np.array(factors, dtype=np.int64),
            },
        )
        models, requests, factors = zip(*totals, strict=True)
        self._load(
            "totals",
            {
                "model": np.array(models, dtype=np.int32),
                "requests": np.array(requests, dtype=np.int64),
                "factor": np.array(factors, dtype=np.int64),
            },
        )
        run(f"""
            create or replace temp table active as
            with members as (
                select
                    model,
                    (hash(model, {self._seed}) % {self._universe} + first + number)
                        % {self._universe} as account
                from cohorts, unnest(range(size)) as members (number)
                -- Who comes back differs from month to month; how many, does not.
                where (number * factor + first) % size < kept
            ),
            chosen as (
                select model, account, {_COUNTRY_PLACE} as place
                from members
            )
            select
                model,
                account,
                countries.value as country_code,
                row_number() over (partition by model order by chosen.place) - 1 as rank
            from chosen
            inner join countries
                on cast(floor(chosen.place * {_PLACES}) as int) = countries.place
        """)
        # Each choice begins at another place for each model and month.
        phases = ", ".join(
            f"hash(model, {place}, {month}, {self._seed}) % 1000003 / 1000003.0 as phase_{name}"
            for place, name in enumerate(_STEPS)
        )
        run(f"""
            create or replace temp table sizes as
            select totals.*, count(*) as accounts, {phases}
            from totals inner join active using (model)
            group by all
        """)

    def write_accounts(self) -> int:
        """Write the billing country of every account; a few have none."""
        target = self._folder / "accounts" / "accounts.parquet"
        self._connection.execute(f"""
            copy (
                select 'acct-' || account as account_id, countries.value as country_code
                from (
                    select range as account, {_COUNTRY_PLACE} as place
                    from range({self._universe}) as accounts (range)
                ) as accounts
                inner join countries
                    on cast(floor(accounts.place * {_PLACES}) as int) = countries.place
                where {_HAS_COUNTRY}
                union all
                select 'acct-huge', 'US'
                order by account_id
            ) to {literal(target)} (format parquet)
        """)
        found = self._connection.execute(
            f"select count(*) from read_parquet({literal(target)})"
        ).fetchone()
        return int(found[0]) if found else 0

    # ---- requests -------------------------------------------------------------------------------

    def write(self, month: int, first: int, last: int) -> int:
        """Write the requests of some days of a month, and their tags; returns their number."""
        self._load_cells(month, first, last)
        run = self._connection.execute
        run(self._base_sql(month))
        run(_RECORDS_SQL)
        run(f"""
            copy (select * exclude (file_day), file_day as requested_on from records)
            to {literal(self._folder / "requests")}
            (format parquet, partition_by (requested_on), append, compression zstd)
        """)
        stem = f"{self._months[month]:%Y-%m}-{first}"
        self.tags += self._write_tags(self._folder / "tags" / f"{stem}.parquet")
        found = run("select count(*), (select count(*) from base) from records").fetchone()
        records, requests = found if found else (0, 0)
        self.records += records
        return int(requests)

    def _load_cells(self, month: int, first: int, last: int) -> None:
        cells, plan = self._cells, self._plan
        chosen = (cells.month == month) & (cells.day >= first) & (cells.day <= last)
        week, model, category = cells.week[chosen], cells.model[chosen], cells.category[chosen]
        table = {
            "day": cells.day[chosen],
            "week": week,
            "model": model,
            "category": category,
            "requests": cells.requests[chosen],
            "start": cells.start[chosen],
            "prompt": plan.prompt[week, model, category],
            "completion": plan.completion[week, model, category],
            "usd": plan.usd[week, model, category],
            "tool_share": plan.tool_share[week, model],
            "asia": plan.asia[week],
        }
        self._load("cells", table)

    def _base_sql(self, month: int) -> str:
        """One row per request, with every choice that is made for it."""
        # With an exponent: DuckDB reads 0.41 as a decimal, which multiplies ten times slower.
        spread = ",\n".join(
            f"number * {step!r}e0 + phase_{name} as at_{name}" for name, step in _STEPS.items()
        )
        fractions = ",\n".join(f"at_{name} - floor(at_{name}) as u_{name}" for name in _STEPS)
        huge_from, huge_to = (day.toordinal() for day in _HUGE_ACCOUNT_DAYS)
        origin = datetime.date(1970, 1, 1).toordinal()
        return f"""
            create or replace temp table base as
            with spread as (
                select
                    cells.*, number, {spread},
                    cast(hash(cells.model, number, {month}, {self._seed}) >> 1 as bigint) as h,
                    (number * sizes.factor) % sizes.requests as turn,
                    sizes.requests as month_requests, sizes.accounts
                from (
                    select *, start + offset_in_cell as number
                    from cells, unnest(range(requests)) as numbers (offset_in_cell)
                ) as cells
                inner join sizes using (model)
            ),
            placed as (
                select
                    *, {fractions},
                    -- Every active account has a request; the others follow the month's countries.
                    {_ASIA_BASE} as base,
                    greatest(0.001, (asia - {_ASIA_BASE} * accounts / month_requests)
                        / (1.0 - least(0.9, accounts / month_requests))) as asia_now,
                    (turn - accounts + 0.5) / greatest(1, month_requests - accounts) as v
                from spread
            ),
            ranked as (
                select
                    *,
                    case
                        when turn < accounts then turn
                        else least(accounts - 1, cast(floor(accounts * case
                            when v < asia_now then v / asia_now * base
                            else base + (v - asia_now) / (1 - asia_now) * (1 - base)
                        end) as bigint))
                    end as middle
                from placed
            ),
            seated as (
                select
                    *,
                    case
                        when turn < accounts then middle
                        -- Of a few neighbours some have much more than others; which of them,
                        -- differs from block to block.
                        else middle // 24 * 24 + (
                            cast(floor(
                                least(24, accounts - middle // 24 * 24) * u_account * u_account
                            ) as bigint) + cast(hash(model, middle // 24) % 24 as bigint)
                        ) % least(24, accounts - middle // 24 * 24)
                    end as seat
                from ranked
            )
            select
                seated.h,
                format('gen-{{:016x}}', seated.h) as request_id,
                make_timestamp((day - {origin}) * 86400000000
                    + cast(floor(u_time * 86400000) as bigint) * 1000) as requested_at,
                cast(make_date(cast(day - {origin} as int)) as date) as day,
                seated.category,
                models.model_id, models.alias, models.provider, models.is_even,
                models.is_reasoning, models.is_cached, models.is_anthropic, models.is_stealth,
                u_free < models.free_share as is_free,
                greatest(1, cast(round(
                    prompt * case when models.is_tail then p.tail_factor else p.prompt_factor end
                ) as bigint)) as prompt_tokens,
                greatest(1, cast(round(
                    completion
                    * case when models.is_tail then c.tail_factor else c.completion_factor end
                ) as bigint)) as completion_tokens,
                case when free_share < 1 then usd / (1 - free_share) else 0 end as usd,
                u_tool < tool_share or is_huge as is_tool_call,
                is_huge,
                case when is_huge then 'acct-huge' else 'acct-' || active.account end as account_id,
                case when is_huge then 'US' when {_HAS_COUNTRY} then active.country_code end
                    as country_code,
                languages.value as language,
                u_sampled, u_path, u_alias, u_finish, u_cached, u_noise, u_latency, u_byok, u_time
            from (
                select
                    *,
                    model = {self._place(_HUGE_ACCOUNT_MODEL)} and day between {huge_from}
                        and {huge_to} and h % 100 < 62 as is_huge
                from seated
            ) as seated
            inner join models using (model)
            inner join active on seated.model = active.model and seated.seat = active.rank
            inner join quantiles as p on cast(floor(u_prompt * {_QUANTILES}) as int) = p.place
            inner join quantiles as c on cast(floor(u_completion * {_QUANTILES}) as int) = c.place
            inner join languages
                on cast(floor(u_language * {_PLACES}) as int) = languages.place
        """

    def _place(self, model_id: str) -> int:
        return next(
            place for place, model in enumerate(self._plan.models) if model.model_id == model_id
        )

    def _write_tags(self, target: Path) -> int:
        """Tags of the sampled requests: the best, often a second, some below the threshold."""
        self._connection.execute(f"""
            create or replace temp table step_tags as
            with sampled as (
                select
                    request_id, h, u_noise,
                    tags.value || case when h // 1000 % 1000 < 20 then '/Other' else '' end as tag
                from base
                inner join tags
                    on base.category = tags.part
                    and cast(floor(u_path * {_PLACES}) as int) = tags.place
                where u_sampled < {self._sampling_rate} and base.day >= date '{FIRST_LABELLED_WEEK}'
            ),
            best as (
                select
                    *,
                    case
                        when h // 7 % 1000 < 30 then 0.30 + 0.19 * u_noise
                        else 0.55 + 0.44 * u_noise
                    end as confidence
                from sampled
            )
            select request_id, tag, round(confidence, 4) as confidence from best
            union all
            select request_id, '/Computers & Electronics', round(confidence - 0.25, 4)
            from best
            where h // 13 % 100 < 35
        """)
        found = self._connection.execute("select count(*) from step_tags").fetchone()
        rows = int(found[0]) if found else 0
        if rows:
            self._connection.execute(
                f"copy (select * from step_tags order by request_id, tag) to {literal(target)} "
                "(format parquet, compression zstd)"
            )
        return rows


# Fifty-three countries share the unit interval; an account's place in it never moves.
_COUNTRY_PLACE = "(account * 0.6180339887498949e0) % 1e0"
_HAS_COUNTRY = "hash(account, 'country') % 1000 >= 2"

_RECORDS_SQL = """
    create or replace temp table records as
    with named as (
        select
            *,
            case
                when is_stealth then model_id
                when is_free then model_id || ':free'
                when alias <> '' and u_alias < 0.12 then alias
                else model_id
            end as model,
            case
                when is_free or usd = 0 then 0.0
                when not is_even and h // 11 % 1000 < 4 then null
                else round(usd * (prompt_tokens + completion_tokens) / 1e6
                    * case when is_even then 1 else 0.8 + 0.4 * u_noise end, 12)
            end as paid_usd,
            not is_even and u_byok < 0.015 as is_byok
        from base
    ),
    logged as (
        select
            h,
            request_id,
            requested_at,
            model,
            case when h // 17 % 100 >= 2 then provider end as provider,
            prompt_tokens,
            completion_tokens,
            case when is_cached then cast(floor(prompt_tokens * (0.1 + 0.6 * u_cached)) as bigint)
            end as cached_tokens,
            cast(null as bigint) as cache_write_tokens,
            case
                when is_reasoning
                    then cast(floor(completion_tokens * (0.2 + 0.6 * u_noise)) as bigint)
                when is_cached then 0
            end as reasoning_tokens,
            case when h // 19 % 1000 >= 4 then account_id end as account_id,
            case when h // 23 % 100 >= 20 then 'session-' || h // 29 % 997 || '-' || account_id
            end as session_id,
            'app-' || h // 31 % 40 as app_id,
            case when is_byok then round(paid_usd * 0.05, 12) else paid_usd end as billed_usd,
            case
                when is_tool_call and is_anthropic then 'tool_use'
                when is_tool_call then 'tool_calls'
                when u_finish < 0.92 and is_anthropic then 'end_turn'
                when u_finish < 0.92 then 'stop'
                when u_finish < 0.975 then 'length'
                when u_finish < 0.98 then 'content_filter'
            end as finish_reason,
            case when is_tool_call then 1 + h // 37 % 3 else 0 end as tool_calls,
            h // 41 % 100 < 72 as is_streamed,
            h // 43 % 1000 < 12 as is_cancelled,
            is_byok,
            round(300 + completion_tokens * (6 + 14 * u_latency), 1) as latency_ms,
            round(150 + 900 * u_latency, 1) as time_to_first_token_ms,
            case when h // 47 % 100 >= 10 and account_id is not null then country_code end
                as country_code,
            case when h // 53 % 1000 >= 4 then language end as language,
            -- A few records come with the file of a later day.
            case when h // 59 % 10000 < 15 then day + 3 else day end as file_day,
            day
        from named
    ),
    failed as (
        select * replace (
            format('fail-{:016x}', h) as request_id,
            requested_at - interval 2 second as requested_at,
            0 as prompt_tokens, 0 as completion_tokens, 0 as cached_tokens, 0 as reasoning_tokens,
            null as billed_usd, 'error' as finish_reason, 0 as tool_calls, file_day as file_day
        )
        from logged
        where h // 61 % 1000 < 12 and requested_at >= day + interval 2 second
    ),
    half_streamed as (
        select * replace (completion_tokens // 3 as completion_tokens,
            reasoning_tokens // 3 as reasoning_tokens, null as finish_reason,
            null as billed_usd)
        from logged
        where h // 67 % 1000 < 8
    ),
    repeated as (
        select * replace (day + 1 as file_day) from logged
        where h // 71 % 1000 < 2
    ),
    unknown_models as (
        select * replace (
            format('other-{:016x}', h) as request_id,
            ['acme-support-finetune-v3', 'acme-summariser', '', 'REDACTED'][1 + h // 73 % 4]
                as model,
            'self-hosted' as provider, null as billed_usd, 700 + h // 79 % 900 as prompt_tokens,
            120 as completion_tokens, null as cached_tokens, null as reasoning_tokens,
            'stop' as finish_reason, 0 as tool_calls, false as is_byok
        )
        from logged
        where h // 83 % 10000 < 20
    ),
    broken as (
        select * replace (
            format('bad-{:016x}', h) as request_id,
            case when h // 89 % 4 = 0 then null else model end as model,
            case when h // 89 % 4 = 1 then -1 else prompt_tokens end as prompt_tokens,
            case when h // 89 % 4 = 2 then 1e6 + prompt_tokens else billed_usd end as billed_usd,
            case when h // 89 % 4 = 3 then timestamp '2001-01-01' else requested_at end
                as requested_at
        )
        from logged
        where h // 97 % 10000 < 8
    )
    select * exclude (h, day) from (
        select * from logged
        union all select * from failed
        union all select * from half_streamed
        union all select * from repeated
        union all select * from unknown_models
        union all select * from broken
    )
"""


def _texts(values: Iterable[str]) -> NDArray[np.generic]:
    return np.array(list(values), dtype=object)


def _new_accounts(requests: Numbers) -> NDArray[np.int64]:
    """Accounts that meet a model for the first time, by model and month.

    Their number grows with the requests, and more slowly where there are very many, so that the
    accounts of a month fit in memory at any size.
    """
    effective = np.where(
        requests <= _FULL_RATE_REQUESTS,
        requests,
        _FULL_RATE_REQUESTS * np.sqrt(np.maximum(requests, 1) / _FULL_RATE_REQUESTS),
    )
    new = np.ceil(effective * _NEW_ACCOUNTS_PER_REQUEST).astype(np.int64)
    return np.where(requests > 0, np.maximum(new, 1), 0)


def _kept_shares(
    plan: Plan, months: list[datetime.date], requests: Numbers, new: NDArray[np.int64]
) -> Numbers:
    """The share of a cohort that uses the model at each age, (models, cohorts, ages)."""
    curves: dict[tuple[str, str], dict[int, float]] = {}
    for row in read_rows("retention.csv"):
        curve = curves.setdefault((row["model_id"], row["cohort_month"]), {})
        curve[int(row["months_since"])] = float(row["share"])
    kept = np.zeros((len(plan.models), len(months), len(months)))
    for place, model in enumerate(plan.models):
        for cohort, month in enumerate(months):
            for key in ((model.model_id, month.isoformat()), (model.model_id, "*"), ("*", "*")):
                if key in curves:
                    break
            for age in range(len(months) - cohort):
                kept[place, cohort, age] = 1.0 if age == 0 else curves[key].get(age, 0.06)
    # A model that few still use cannot have more active accounts than requests.
    for month in range(len(months)):
        returning = np.zeros(len(plan.models))
        for cohort in range(month):
            returning += new[:, cohort] * kept[:, cohort, month - cohort]
        room = np.maximum(requests[:, month] * 0.7 - new[:, month], 0)
        scale = np.minimum(
            1, np.divide(room, returning, out=np.ones_like(room), where=returning > 0)
        )
        for cohort in range(month):
            kept[:, cohort, month - cohort] *= scale
    return kept


def _coprime(number: int, step: float = 0.6180339887498949) -> int:
    """A factor whose multiples visit every residue of a number once, a step apart."""
    factor = max(1, int(number * step))
    while math.gcd(factor, number) != 1:
        factor += 1
    return factor
