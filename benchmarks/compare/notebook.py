"""What the notebooks share: their inputs, the rules, and the marts that they must equal.

A notebook has no model registry. What a raw name is on a day (model, author, weights, origin, size,
prices) it reads from the warehouse's ``int_labels_daily``, how finish reasons, languages and
countries are read from the warehouse's small tables, and the category of a tag from ``dim_tags``.
All of that is loaded before the clock starts, so the notebooks are not asked for what they could
not know. Texts are not trimmed and words for absent values not looked for, which the warehouse
does: the demo has none.
"""

import argparse
import datetime
import json
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.logs import demo_log_about, sampling_rate

COUNTS = [
    *("prompt_tokens", "completion_tokens", "cached_tokens", "cache_write_tokens"),
    "reasoning_tokens",
]
COLUMNS = [
    *("request_id", "requested_at", "model", "provider", *COUNTS, "account_id", "billed_usd"),
    *("finish_reason", "is_byok", "country_code", "language"),
]
"""All that the marts below need of a request; nothing else is read."""

EARLIEST = datetime.datetime(2015, 1, 1)
MOST_TOKENS = 1e12
MAX_USD_PER_MILLION_TOKENS = 5000.0
MAX_USD_WITHOUT_TOKENS = 100.0
HORIZON_DAYS = 7
TOP_N = 15
MIN_TAG_CONFIDENCE = 0.5
Z = 1.96
PERCENTILES = (50, 90, 99)
LENGTHS = ("prompt_tokens", "completion_tokens", "tokens")
SHARES = {"token_share": "tokens", "request_share": "requests", "spend_share": "spend_usd"}
POOLS = ("unknown", "other")
SCOPES = {
    "all": (None, None),
    "open": ("open", None),
    "open_china": ("open", "china"),
    "open_rest_of_world": ("open", "rest_of_world"),
    "closed": ("closed", None),
}
"""Scopes of the category marts: weights class and origin, None for any."""

ARCHETYPES = {
    (True, True): "premium_leaders",
    (False, True): "efficient_giants",
    (True, False): "premium_specialists",
    (False, False): "long_tail",
}
"""By whether cost and tokens are at or above their medians."""

RANKING = [
    *("tokens", "requested_at", "model", "prompt_tokens", "completion_tokens", "cached_tokens"),
    *("cache_write_tokens", "reasoning_tokens", "account_id", "provider", "billed_usd"),
    *("finish_reason", "is_byok", "country_code", "language"),
]
"""Of records with one id the largest in this order counts. Columns that no mart here reads do not
matter: records that are equal in all of these give equal marts."""

KEYS = {
    "fct_usage_daily": ["usage_date", "model_id"],
    "source_shares_weekly": ["week_start", "weights_class", "origin"],
    "author_totals": ["author", "weights_class"],
    "author_shares_weekly": ["week_start", "author"],
    "open_model_shares_weekly": ["week_start", "model_id"],
    "size_tier_shares_weekly": ["week_start", "size_tier"],
    "concentration_weekly": ["week_start", "scope"],
    "reasoning_shares_weekly": ["week_start"],
    "tool_call_shares_weekly": ["week_start"],
    "sequence_lengths_weekly": ["week_start", "scope"],
    "retention_triangles": ["model_id", "cohort_month", "months_since"],
    "region_shares_weekly": ["week_start", "continent"],
    "region_totals": ["continent"],
    "country_totals": ["country_code"],
    "language_totals": ["language"],
    "category_shares_weekly": ["week_start", "scope", "category"],
    "model_cost_usage": ["model_id"],
}
"""The marts that the notebooks compute and what a row of each is, within the one population."""

NOT_COMPUTED = {
    # One population, one gateway, nothing suppressed; names for readers.
    *("population", "gateway", "is_suppressed", "country_name", "language_name"),
}
RELATIVE, ABSOLUTE = 1e-9, 1e-12


@dataclass(frozen=True)
class Inputs:
    """What a notebook is given: the log's folder, and queries for small tables of the warehouse.

    ``latest`` is the instant beyond which a request is rejected; ``at_once`` says that a lazy
    notebook may read the log once for all its aggregates, which needs the memory of all of them.
    """

    log: Path
    tables: Mapping[str, str]
    warehouse: Path
    sampling_rate: float
    latest: datetime.datetime
    at_once: bool = True

    @property
    def requests(self) -> str:
        """The folder of the requests."""
        return str(self.log / "requests")

    @property
    def tags(self) -> str:
        """The folder of the tags."""
        return str(self.log / "tags")

    @property
    def accounts(self) -> str:
        """The folder of the accounts' countries."""
        return str(self.log / "accounts")

    def fetch(self, table: str, how: str) -> Any:
        """A small table of the warehouse as a frame: ``how`` is ``df`` or ``pl``."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return getattr(connection.sql(self.tables[table]), how)()


TABLES = {
    "labels": """
        select
            raw_model as model, raw_provider as provider, usage_date, model_id, author,
            weights_class, origin, size_tier, coalesce(is_reasoning_model, false) as is_reasoning,
            prompt_usd_per_million as prompt_usd,
            coalesce(cached_prompt_usd_per_million, prompt_usd_per_million) as cached_usd,
            coalesce(cache_write_usd_per_million, prompt_usd_per_million) as cache_write_usd,
            completion_usd_per_million as completion_usd,
            coalesce(reasoning_usd_per_million, completion_usd_per_million) as reasoning_usd
        from intermediate.int_labels_daily
    """,
    "finish_reasons": """
        select raw_finish_reason from staging.stg_requests__finish_reasons
        where finish_reason = 'tool_calls'
    """,
    "countries": """
        select
            countries.country_code, countries.continent,
            people.working_age_population / world.working_age_population as part_of_people
        from staging.stg_geography__countries as countries
        left join staging.stg_geography__working_age_population as people
            on countries.country_code = people.country_code
        cross join (
            from staging.stg_geography__working_age_population where country_code = 'world'
        ) as world
    """,
    "languages": "select raw_language, language as known_language from intermediate.int_languages",
    "categories": "select tag, category from dim_tags",
}

Marts = Mapping[str, Any]
Notebook = Callable[[Inputs], Callable[[], Marts]]


def run(notebook: Notebook) -> None:
    """Run a notebook from the command line and write what it took and whether it is right.

    :param notebook: takes the inputs, loads the labels and gives back the work that is timed,
        which returns the marts by name as frames that DuckDB can read.
    """
    parser = argparse.ArgumentParser(description=notebook.__doc__)
    for name in ("log", "warehouse", "answer", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--one-by-one", action="store_true")
    asked = parser.parse_args()
    inputs = Inputs(
        log=asked.log,
        tables=TABLES,
        warehouse=asked.warehouse,
        sampling_rate=sampling_rate(demo_log_about(asked.log)["requests_asked"]),
        latest=datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        + datetime.timedelta(days=1),
        at_once=not asked.one_by_one,
    )
    work = notebook(inputs)
    started = time.perf_counter()
    marts = work()
    seconds = time.perf_counter() - started
    answer = {
        "computing_seconds": round(seconds, 3),
        # Before the comparison with the marts adds its own.
        "computing_peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "marts": {name: compare(asked.warehouse, name, marts[name]) for name in KEYS},
    }
    asked.answer.write_text(json.dumps(answer, indent=2), encoding="utf-8")


def compare(warehouse: Path, mart: str, frame: Any) -> dict[str, Any]:
    """Hold a frame against a mart of the warehouse, row by row and column by column.

    Keys, counts and words must be equal, other numbers to 1e-9 relative (or 1e-12 absolute).

    :returns: ``rows``, ``columns`` (how many were compared beside the key), ``differs`` (by column
        the rows that differ; ``missing`` and ``too_many`` rows), ``examples`` of each.
    """
    keys = KEYS[mart]
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        types = {name: kind for name, kind, *_ in connection.execute(f"describe {mart}").fetchall()}
        connection.register("found", frame)
        found = {name for name, *_ in connection.execute("describe found").fetchall()}
        wanted = [name for name in types if name not in NOT_COMPUTED and name not in keys]
        lacking = [name for name in wanted if name not in found]
        (populations,) = connection.execute(
            f"select count(distinct population) from {mart}"
        ).fetchone() or (0,)
        casts = ", ".join(
            f"{_cast(name, types[name])} as {name}" for name in [*keys, *wanted] if name in found
        )
        connection.execute(f"create temp table theirs as select {casts} from found")
        joined = " and ".join(f"ours.{key} is not distinct from theirs.{key}" for key in keys)
        rows, missing, too_many = connection.execute(
            f"select count(ours.present), count(*) filter (theirs.present is null), "
            f"count(*) filter (ours.present is null) "
            f"from (select *, 1 as present from {mart}) as ours "
            f"full join (select *, 1 as present from theirs) as theirs on {joined}"
        ).fetchone() or (0, 0, 0)
        differs: dict[str, Any] = {}
        examples: dict[str, Any] = {}
        if missing:
            differs["missing"] = missing
        if too_many:
            differs["too_many"] = too_many
        if populations != 1:
            differs["populations"] = populations
        (held, computed) = connection.execute(
            f"select (select count(*) from {mart}), (select count(*) from theirs)"
        ).fetchone() or (0, 0)
        if held != computed:
            differs["rows"] = computed - held
        for name in lacking:
            differs[name] = "not computed"
        for name in [name for name in wanted if name in found]:
            unequal = _unequal(name, types[name])
            told = connection.execute(
                f"select {', '.join(f'ours.{key}' for key in keys)}, ours.{name}, theirs.{name}, "
                f"count(*) over () from {mart} as ours join theirs on {joined} "
                f"where {unequal} limit 3"
            ).fetchall()
            if told:
                differs[name] = told[0][-1]
                examples[name] = [[str(value) for value in row[:-1]] for row in told]
    return {"rows": rows, "columns": len(wanted), "differs": differs, "examples": examples}


def _cast(name: str, kind: str) -> str:
    if kind not in ("BIGINT", "DOUBLE"):
        return f"cast({name} as {kind})"
    # Frames hold counts that may be absent as doubles, and NaN where SQL has null.
    return f"case when not isnan(cast({name} as double)) then cast({name} as double) end"


def _unequal(name: str, kind: str) -> str:
    ours, theirs = f"ours.{name}", f"theirs.{name}"
    if kind != "DOUBLE":
        return f"{ours} is distinct from {theirs}"
    near = f"{RELATIVE} * greatest(abs({ours}), abs({theirs}))"
    return (
        f"({ours} is null) <> ({theirs} is null) "
        f"or abs({ours} - {theirs}) > greatest({near}, {ABSOLUTE})"
    )
