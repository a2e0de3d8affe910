"""The least that a full build could take: one DuckDB script for one log, no dbt.

It reads the raw Parquet files of the demo and writes every mart. What is computed at request grain
(`_STEPS`) is written by hand for exactly this input: one log of typed Parquet in canonical columns,
whose texts need no trimming, every record with an id, tags and accounts beside it, a first build at
the settings' defaults. What is computed from small tables above that (registry, labels, prices,
marts) is the SQL that dbt compiled for the same settings, run by DuckDB without dbt in between;
``prepare`` compiles it, before the clock starts. So the marts are the project's own above the
stored aggregates, and ``differences`` holds them against a build's.

What it may do that a build may not: it keeps nothing for the next build (only the marts reach the
file; ``fct_requests``, a view over the log, is made but not stored), it counts accounts and finds
ids by the engine's 64-bit hash (of 100 million ids two collide once in 3,700 times), and texts
that no mart shows are left out of what is stored below.

    python -m benchmarks.limit --prepare --settings my.yml --compiled folder
    python -m benchmarks.limit --settings my.yml --compiled folder --warehouse limit.duckdb
"""

import argparse
import concurrent.futures
import csv
import glob
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml

from llm_usage import PROJECT_ROOT
from llm_usage.inputs import SALT_VARIABLE, engine_settings, literal, prepare
from llm_usage.salt import read_salt

THREADS = 2
RELATIVE, ABSOLUTE = 1e-9, 1e-12
_REFERENCE = re.compile(r'"memory"\."(\w+)"\."(\w+)"')
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_ABSENT = ["", "none", "null", "-"]

_RECORD = {
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
    "tool_calls": "bigint",
    "is_streamed": "boolean",
    "is_cancelled": "boolean",
    "is_byok": "boolean",
    "latency_ms": "double",
    "time_to_first_token_ms": "double",
    "country_code": "varchar",
    "language": "varchar",
}
"""A record's columns in the order of the quarantine's text, with the types of the log."""

_LATE = [
    *("requested_at", "account_id", "session_id", "app_id", "tool_calls", "is_streamed"),
    *("is_cancelled", "latency_ms", "time_to_first_token_ms"),
]
"""Columns that only repeated and rejected records need: read again for them."""

_CODED = {
    "model": "model_name",
    "provider": "provider_name",
    "finish_reason": "finish",
    "country_code": "country",
    "language": "tongue",
}
"""Columns of few values and the dictionary (enum) that each is stored by."""

_COUNTS = [
    *("prompt_tokens", "completion_tokens", "cached_tokens", "cache_write_tokens"),
    "reasoning_tokens",
]
_MOST_TOKENS = "1000000000000"

_CACHED = "least(coalesce(ca, 0), pt)"
_CACHE_WRITE = f"least(coalesce(cw, 0), pt - {_CACHED})"
_REASONING = "least(coalesce(rt, 0), ct)"
_SUMS = f"""
    count(*) as requests, sum(pt)::bigint as prompt_tokens,
    sum({_CACHED})::bigint as cached_prompt_tokens,
    sum({_CACHE_WRITE})::bigint as cache_write_tokens,
    sum(ct)::bigint as completion_tokens, sum({_REASONING})::bigint as reasoning_tokens
"""
_PLACE = (
    "(d - date '2000-01-01') * 16777216 + enum_code(m)::integer * 256 + coalesce(enum_code(p), 255)"
)
"""Day, name and provider of a row as one number: a join on one key takes half of one on three."""


@dataclass(frozen=True)
class Compiled:
    """What dbt compiled: models by relation (``schema.name``) and what they stand for."""

    models: dict[str, dict[str, Any]]
    seeds: dict[str, dict[str, Any]]
    variables: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> "Compiled":
        """Read a folder that ``prepare`` has filled."""
        return cls(**json.loads((folder / "limit.json").read_text(encoding="utf-8")))


@dataclass
class Script:
    """A run: its connection, settings and times."""

    connection: duckdb.DuckDBPyConnection
    gateway: dict[str, Any]
    variables: dict[str, Any]
    explained: Path | None = None
    steps: list[tuple[str, float, float]] = field(default_factory=list)

    def run(self, name: str, sql: str) -> list[Any]:
        """Run a statement and note its wall and CPU seconds under a name."""
        started, used = time.perf_counter(), _cpu()
        if self.explained is not None and not name.startswith("type"):
            target = self.explained / f"{len(self.steps):02d}-{name}.json"
            self.connection.execute("set enable_profiling = 'json'")
            self.connection.execute(f"set profiling_output = {literal(target)}")
        found = self.connection.execute(sql).fetchall()
        self.steps.append((name, time.perf_counter() - started, _cpu() - used))
        return found

    @property
    def log(self) -> str:
        """The log's files in the order that ``file_index`` counts them."""
        files = sorted(glob.glob(self.gateway["location"], recursive=True))
        return f"[{', '.join(literal(file) for file in files)}]"

    @property
    def names(self) -> str:
        """Population and gateway as columns."""
        population = literal(self.gateway.get("population", "own"))
        return f"{population} as population, {literal(self.gateway['name'])} as gateway"


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


# ---- Before the clock ---------------------------------------------------------------------------


def compile_models(settings: Path, folder: Path) -> None:
    """Let dbt compile the project for a settings file, and keep what the script needs of it.

    :param settings: the settings file of the build that is measured.
    :param folder: where dbt's target folder and ``limit.json`` are written.
    """
    given = yaml.safe_load(settings.read_text(encoding="utf-8"))
    words = ["--quiet", "compile", "--full-refresh", "--vars", json.dumps(given, default=str)]
    places = ["--target", "mem", "--target-path", str(folder), "--log-path", str(folder / "logs")]
    subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), *words, *places], cwd=PROJECT_ROOT, check=True
    )
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    project = yaml.safe_load((PROJECT_ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    models, seeds = {}, {}
    for node in manifest["nodes"].values():
        relation = f"{node['schema']}.{node['name']}"
        if node["resource_type"] == "model":
            code = node["compiled_code"]
            models[relation] = {
                "code": code,
                "is_view": node["config"]["materialized"] == "view",
                "columns": {
                    column["name"]: column["data_type"] for column in node["columns"].values()
                },
                # Of the code and not of the graph: what a comment names is not read.
                "reads": sorted(
                    {".".join(found) for found in _REFERENCE.findall(_COMMENT.sub("", code))}
                ),
            }
        elif node["resource_type"] == "seed":
            seeds[relation] = {
                "path": node["original_file_path"],
                "types": node["config"]["column_types"],
            }
    variables = project["vars"] | given
    variables["build_clock"] = variables["build_clock"] or manifest["metadata"]["run_started_at"]
    kept = {"models": models, "seeds": seeds, "variables": variables}
    (folder / "limit.json").write_text(json.dumps(kept, default=str), encoding="utf-8")


# ---- By hand: all that reads the log ------------------------------------------------------------


def _read_log(script: Script) -> None:
    """One pass over the files into one narrow table of numbers and dictionary codes.

    A rejected record's own values go along as JSON (null for all others): they may not fit into
    the narrow columns, and its text is made of them.
    """
    lists = ", ".join(f'list(distinct "{name}") as "{kind}"' for name, kind in _CODED.items())
    script.run(
        "dictionaries",
        f"create table dictionaries as select {lists} "
        f"from read_parquet({script.log}, hive_partitioning = false)",
    )
    # An account may be from where no request says that it is.
    places = (
        "union select country_code from "
        f"read_parquet({literal(script.gateway['accounts']['location'])})"
    )
    for kind in _CODED.values():
        script.run(
            f"type {kind}",
            f"create type {kind} as enum (select value from "
            f'(select unnest("{kind}") as value from dictionaries '
            f"{places if kind == 'country' else ''}) where value is not null order by 1)",
        )
    early = [name for name in _RECORD if name not in _LATE]
    # Only of the accepted: what is beyond a rule may be beyond an integer.
    counts = ", ".join(
        f"if(bad, null, {name})::integer as {short}"
        for name, short in zip(_COUNTS, ("pt", "ct", "ca", "cw", "rt"), strict=True)
    )
    told = ", ".join(f"'{name}': \"{name}\"" for name in [*early, "requested_at", "account_id"])
    script.run(
        "narrow",
        f"""
        create table narrow as
        select
            requested_at::date as d, model::model_name as m, provider::provider_name as p,
            finish_reason::finish as f, country_code::country as cc, "language"::tongue as l,
            is_byok as b, billed_usd as u, {counts},
            hash(account_id) as a, hash(request_id) as h, account_id is null as no_account,
            file_index::usmallint as fi, file_row_number::integer as rn,
            case when bad then to_json({{{told}}}) end as rejected
        from (
            select *, file_index, coalesce({_broken(script.variables)}, false) as bad
            from read_parquet({script.log}, hive_partitioning = false, file_row_number = true)
        )
        """,
    )
    ((unnamed,),) = script.run(
        "unnamed", "select count(*) from narrow where h = hash(null::varchar)"
    )
    if unnamed:
        raise SystemExit(f"{unnamed} records without an id: this script is not written for them")


def _broken(variables: dict[str, Any]) -> str:
    """Whether a record breaks one of ``_rules``, in half as many comparisons (NaN is above all)."""
    counts = " or ".join(f"{name} not between 0 and {_MOST_TOKENS}" for name in _COUNTS)
    earliest, latest = "timestamp '2015-01-01'", _latest(variables)
    return f"""(
        requested_at is null or model is null or prompt_tokens is null or completion_tokens is null
        or requested_at not between {earliest} and {latest} or {counts}
        or billed_usd not between 0 and {_most_usd(variables)}
    )"""


def _latest(variables: dict[str, Any]) -> str:
    return f"(timestamp '{variables['build_clock'][:19]}' + interval 1 day)"


def _most_usd(variables: dict[str, Any]) -> str:
    tokens = "(prompt_tokens + completion_tokens)"
    return (
        f"case when {tokens} > 0 then {tokens} * {variables['max_usd_per_million_tokens']} / 1e6 "
        f"when {tokens} = 0 then {variables['max_usd_without_tokens']} end"
    )


def _rules(variables: dict[str, Any]) -> list[tuple[str, str]]:
    """The rules of macros/requests/rejection_rules.sql as comparisons of typed columns."""
    rules = [
        ("requested_at_missing", "requested_at is null"),
        ("requested_at_before_2015", "requested_at < timestamp '2015-01-01'"),
        ("requested_at_in_future", f"requested_at > {_latest(variables)}"),
        ("model_missing", "model is null"),
        ("prompt_tokens_missing", "prompt_tokens is null"),
        ("completion_tokens_missing", "completion_tokens is null"),
    ]
    for name in _COUNTS:
        rules.append((f"{name}_negative", f"{name} < 0"))
        rules.append((f"{name}_too_large", f"{name} > {_MOST_TOKENS}"))
    rules += [
        ("billed_usd_not_a_number", "isnan(billed_usd)"),
        ("billed_usd_negative", "billed_usd < 0"),
        ("billed_usd_too_large", f"not isnan(billed_usd) and billed_usd > {_most_usd(variables)}"),
    ]
    return rules


def _judge(script: Script) -> None:
    """Rejected and duplicate records, and out of the narrow table with both."""
    script.run(
        "repeated ids",
        "create table repeated as select h from narrow where rejected is null "
        "group by h having count(*) > 1",
    )
    script.run(
        "contenders",
        "create table contenders as select rowid as place_in_narrow, * from narrow "
        "where rejected is not null or h in (select h from repeated)",
    )
    late = ", ".join(f"log.{name}" for name in _LATE)
    script.run(
        "their other columns",
        f"""
        create table others as
        select log.file_index as fi, log.file_row_number as rn, {late}
        from read_parquet({script.log}, hive_partitioning = false, file_row_number = true) as log
        semi join contenders on log.file_index = contenders.fi
            and log.file_row_number = contenders.rn
        """,
    )
    script.run(
        "files",
        f"create table files as select unnest({script.log}) as read_file, "
        f"unnest(range(len({script.log}))) as fi",
    )
    keys = {name: _key_of(name) for name in ("account_id", "session_id", "app_id")}
    horizon = script.variables["duplicate_horizon_days"]
    order = [
        *("pt + ct", "requested_at", "m::varchar", "pt", "ct", "ca", "cw", "rt"),
        *(keys["account_id"], keys["session_id"], keys["app_id"], "p::varchar", "u"),
        *("f::varchar", "tool_calls", "is_streamed", "is_cancelled", "b", "latency_ms"),
        *("time_to_first_token_ms", "cc::varchar", "l::varchar"),
    ]
    script.run(
        "duplicates",
        f"""
        create table duplicates as
        with ranked as (
            select
                contenders.*, requested_at, read_file,
                row_number() over (
                    partition by h
                    order by {", ".join(f"{one} desc nulls last" for one in order)},
                        read_file, contenders.rn
                ) as place
            from contenders
            join others on contenders.fi = others.fi and contenders.rn = others.rn
            join files on contenders.fi = files.fi
            where rejected is null
        )
        select
            *,
            min(place) over (
                partition by h order by requested_at::date - date '1970-01-01'
                range between {horizon} preceding and {horizon} following
            ) < place as is_duplicate
        from ranked
        """,
    )
    # No mart shows a duplicate's id, and the place in its file says which it is.
    script.run(
        "int_request_duplicates",
        f"""
        create table intermediate.int_request_duplicates as
        select {script.names}, d as usage_date, null::varchar as request_id, read_file,
            rn::bigint + 1 as source_row
        from duplicates where is_duplicate
        """,
    )
    late_fields = [name for name in _LATE if name not in ("requested_at", "account_id")]
    structure = {name: kind for name, kind in _RECORD.items() if name not in late_fields}
    fields = ", ".join(
        f"'{name}': " + (f"others.{name}" if name in late_fields else f"told.{name}")
        for name in _RECORD
    )
    hashed = {name: _key_of(f"record.{name}") for name in keys}
    record = ", ".join(f"'{name}': {hashed.get(name, f'record.{name}')}" for name in _RECORD)
    reasons = ", ".join(
        f"case when {condition} then '{name}' end" for name, condition in _rules(script.variables)
    )
    script.run(
        "int_request_rejects",
        f"""
        create table intermediate.int_request_rejects as
        with read as (
            select
                contenders.d, read_file, contenders.rn,
                from_json(rejected, '{json.dumps(structure)}') as told, others
            from contenders
            join others on contenders.fi = others.fi and contenders.rn = others.rn
            join files on contenders.fi = files.fi
            where rejected is not null
        ),
        whole as (select d, read_file, rn, {{{fields}}} as record from read),
        judged as (
            select d, read_file, rn, record, unnest(record)
            from whole
        )
        select
            {script.names}, d as usage_date, read_file, rn::bigint + 1 as source_row,
            concat_ws(', ', {reasons}) as rejection_reasons,
            substring(json_merge_patch('{{}}', to_json({{{record}}}))::varchar, 1, 10000) as record
        from judged
        """,
    )
    script.run(
        "int_input_days",
        f"""
        create table intermediate.int_input_days as
        with counted as (select fi, d, count(*) as raw_records from narrow group by fi, d),
        future as (
            select contenders.fi, contenders.d, min(requested_at) as first_future_at
            from contenders
            join others on contenders.fi = others.fi and contenders.rn = others.rn
            where requested_at > {_latest(script.variables)}
            group by contenders.fi, contenders.d
        )
        select
            listed.population, listed.gateway, source_file, listed.read_file, fingerprint,
            delivered_on, counted.d as usage_date,
            coalesce(raw_records, 0)::bigint as raw_records, first_future_at
        from llm_usage_raw._input_files as listed
        join files on listed.read_file = files.read_file
        left join counted on files.fi = counted.fi
        left join future on counted.fi = future.fi and counted.d is not distinct from future.d
        """,
    )
    script.run(
        "without them",
        "delete from narrow where rowid in (select place_in_narrow from contenders "
        "where rejected is not null "
        "union all select place_in_narrow from duplicates where is_duplicate)",
    )


def _key_of(column: str) -> str:
    """A key of people as the project stores it."""
    return f"md5(getvariable('{SALT_VARIABLE}') || '|' || {column})"


def _tool_calls(script: Script) -> str:
    """The condition that a request ended in tool calls."""
    found = script.run(
        "finish reasons",
        "select raw_finish_reason from staging.stg_requests__finish_reasons "
        "where finish_reason = 'tool_calls' and raw_finish_reason in "
        "(select unnest(enum_range(null::finish))::varchar)",
    )
    # Codes are compared, not texts.
    names = ", ".join(f"{literal(name)}::finish" for (name,) in found)
    return f"coalesce(f in ({names}), false)" if found else "false"


def _usage(script: Script) -> None:
    """Usage by day and name, and of it what a week needs beside its percentiles."""
    is_call = _tool_calls(script)
    script.run(
        "usage",
        f"""
        create table usage_sums as
        select
            d, m, p, b, u is not null as is_billed, {_SUMS}, bool_or(rt is not null) as has_rt,
            count(f) as finished, count_if({is_call}) as calls,
            coalesce(sum(case when {is_call} then pt + ct end), 0)::bigint as call_tokens,
            sum(u)::decimal(38, 18) as billed_usd
        from narrow group by all
        """,
    )
    script.run(
        "int_usage_daily",
        f"""
        create table intermediate.int_usage_daily as
        select
            {script.names}, d as usage_date, m::varchar as raw_model, p::varchar as provider,
            b as is_byok, is_billed, requests, prompt_tokens, cached_prompt_tokens,
            cache_write_tokens, completion_tokens, reasoning_tokens,
            has_rt as has_reasoning_counts, prompt_tokens + completion_tokens as tokens,
            calls as tool_call_requests, call_tokens as tool_call_tokens, billed_usd
        from usage_sums
        """,
    )
    week = _week_start(script, "d")
    script.run(
        "calls by account",
        f"""
        create table callers as
        select {week} as w, a, count(*) as calls, sum(pt + ct)::bigint as call_tokens
        from narrow where {is_call} and not no_account group by all
        """,
    )
    # Of several accounts that hold as many tokens the first by name: hashes know no names, so
    # these few are looked up.
    script.run(
        "largest accounts",
        "create table largest as select w, a, call_tokens as most from callers "
        "qualify call_tokens = max(call_tokens) over (partition by w)",
    )
    ((tied,),) = script.run("tied", "select count(*) - count(distinct w) from largest")
    if tied:
        script.run(
            "names of tied accounts",
            f"""
            create or replace table largest as
            with named as (
                select hash(account_id) as a, any_value({_key_of("account_id")}) as name
                from read_parquet({script.log}, hive_partitioning = false)
                where hash(account_id) in (select a from largest) group by 1
            )
            select w, arg_min(a, name) as a, any_value(most) as most
            from largest join named using (a) group by w
            """,
        )
    script.run(
        "int_tool_calls_weekly",
        f"""
        create table intermediate.int_tool_calls_weekly as
        with weeks as (
            select
                {week} as w, sum(requests) as requests,
                sum(prompt_tokens + completion_tokens) as tokens, sum(finished) as finished,
                sum(calls) as calls, sum(call_tokens) as call_tokens
            from usage_sums group by 1
        ),
        largest_of as (
            select
                largest.w, count(*) as requests, sum(pt + ct) as tokens,
                count_if({is_call}) as calls,
                sum(case when {is_call} then pt + ct else 0 end) as call_tokens
            from narrow
            join largest on narrow.a = largest.a and {week} = largest.w
            where not no_account
            group by 1
        )
        select
            {script.names.split(",")[0]}, weeks.w as week_start,
            weeks.requests::bigint as requests, weeks.tokens::bigint as tokens,
            weeks.finished::bigint as finish_reason_requests,
            weeks.calls::bigint as tool_call_requests,
            weeks.call_tokens::bigint as tool_call_tokens,
            coalesce(largest_of.requests, 0)::bigint as largest_account_requests,
            coalesce(largest_of.tokens, 0)::bigint as largest_account_tokens,
            coalesce(largest_of.calls, 0)::bigint as largest_account_tool_call_requests,
            coalesce(largest_of.call_tokens, 0)::bigint as largest_account_tool_call_tokens
        from weeks left join largest_of on weeks.w = largest_of.w
        """,
    )
    lengths = {"prompt_tokens": "pt", "completion_tokens": "ct", "tokens": "pt + ct"}
    lists = ", ".join(
        f"sum({short})::bigint as {name}, quantile_cont({short}, [0.5, 0.9, 0.99]) as {name}_q"
        for name, short in lengths.items()
    )
    columns = ", ".join(
        f"{name}, {name}_q[1] as {name}_p50, {name}_q[2] as {name}_p90, {name}_q[3] as {name}_p99"
        for name in lengths
    )
    script.run(
        "int_sequence_lengths_weekly",
        f"""
        create table intermediate.int_sequence_lengths_weekly as
        select {script.names.split(",")[0]}, w as week_start, requests, {columns}
        from (select {week} as w, count(*) as requests, {lists} from narrow group by 1)
        """,
    )


def _week_start(script: Script, day: str) -> str:
    if script.variables["week_starts_on"] == "sunday":
        return f"(date_trunc('week', {day} + 1)::date - 1)"
    return f"date_trunc('week', {day})::date"


def _audience(script: Script) -> None:
    """By country and by language, from one aggregate by both.

    Only where the log names no country (a tenth) the account's is looked for.
    """
    keys = (
        "d, if(u is null, m, null) as m, if(u is null, p, null) as p, u is not null as is_billed, l"
    )
    script.run(
        "countries of accounts",
        f"""
        create table account_places as
        select hash(account_id) as a, min(upper(country_code))::country as country
        from read_parquet({literal(script.gateway["accounts"]["location"])})
        where account_id is not null
            and upper(country_code) in (select country_code from staging.stg_geography__countries)
        group by 1
        """,
    )
    script.run(
        "audience",
        f"""
        create table audience as
        select {keys}, cc as country_code, {_SUMS}, sum(u) as billed_usd
        from narrow where cc is not null group by all
        union all
        select {keys}, account_places.country, {_SUMS}, sum(u)
        from narrow left join account_places on narrow.a = account_places.a
        where cc is null group by all
        """,
    )
    measures = [
        *("requests", "prompt_tokens", "cached_prompt_tokens", "cache_write_tokens"),
        *("completion_tokens", "reasoning_tokens"),
    ]
    sums = ", ".join(f"sum({measure})::bigint as {measure}" for measure in measures)

    def by(dimension: str, country: str, language: str) -> str:
        return f"""
        select
            {script.names}, d as usage_date, m::varchar as raw_model, p::varchar as provider,
            is_billed, '{dimension}' as dimension, {country} as country_code,
            {language} as language, {sums},
            sum(prompt_tokens + completion_tokens)::bigint as tokens,
            sum(billed_usd)::decimal(38, 18) as billed_usd
        from audience group by all
        """

    script.run(
        "int_audience_daily",
        "create table intermediate.int_audience_daily as "
        + by("country", "country_code::varchar", "null::varchar")
        + " union all "
        + by("language", "null::varchar", "l::varchar"),
    )


def _accounts(script: Script) -> None:
    """Accounts by model and day, and by model and month."""
    script.run(
        "type model_id",
        "create type known_model as enum "
        "(select distinct model_id from intermediate.int_labels_daily order by 1)",
    )
    script.run(
        "names",
        """
        create table names as
        select distinct
            usage_date as d, raw_model::model_name as m, model_id::known_model as model_id
        from intermediate.int_labels_daily
        where raw_model in (select unnest(enum_range(null::model_name))::varchar)
        """,
    )
    # What a name is on a day as one number to join on; hash of nothing stands for no account.
    script.run(
        "accounts of days",
        """
        create table account_days as
        select distinct narrow.d, names.model_id, a, no_account
        from narrow
        join names on (narrow.d - date '2000-01-01') * 65536 + enum_code(narrow.m)
            = (names.d - date '2000-01-01') * 65536 + enum_code(names.m)
        """,
    )
    script.run(
        "int_model_accounts_daily",
        f"""
        create table intermediate.int_model_accounts_daily as
        select
            {script.names}, d as usage_date, model_id::varchar as model_id,
            nullif(count_if(not no_account), 0) as accounts, null::varchar as labels_fingerprint
        from account_days group by d, account_days.model_id
        """,
    )
    script.run(
        "int_account_months",
        f"""
        create table intermediate.int_account_months as
        select {script.names.split(",")[0]}, month_start, model_id, a as account_id
        from (
            select distinct date_trunc('month', d)::date as month_start, model_id, a
            from account_days where not no_account and model_id <> 'unknown'
        )
        """,
    )
    script.run("drop", "drop table account_days")


def _tags(script: Script) -> None:
    """The surest tag of each id: one number holds how sure and, behind it, which tag is first."""
    files = literal(script.gateway["tags"]["location"])
    script.run(
        "type tag",
        f"create type any_tag as enum (select distinct tag from read_parquet({files}) "
        "where tag is not null order by 1)",
    )
    bad = (
        "request_id is null or tag is null or confidence is null or isnan(confidence) "
        "or confidence < 0 or confidence > 1"
    )
    # A double from 0.5 to 1 times 2 to the 53rd is whole; what is below 0.5 is of no sample.
    script.run(
        "tags",
        f"""
        create table surest as
        select
            hash(request_id) as h,
            max(
                (confidence * 9007199254740992)::ubigint * 1024
                + (1023 - enum_code(tag::any_tag))::ubigint
            ) as k
        from read_parquet({files})
        where not coalesce({bad}, false)
        group by 1
        """,
    )
    script.run(
        "int_request_tags",
        "create table intermediate.int_request_tags as "
        "select (enum_range(null::any_tag))[code + 1]::varchar as tag "
        "from (select distinct 1023 - (k % 1024)::integer as code from surest)",
    )
    ((rejected,),) = script.run(
        "rejected tags", f"select count(*) from read_parquet({files}) where {bad}"
    )
    if rejected:
        raise SystemExit(f"{rejected} rejected tags: this script is not written for them")


def _classified(script: Script) -> None:
    """The classified sample with its labels, by dictionary codes; kept in memory."""
    least = script.variables["min_tag_confidence"]
    script.run(
        "matched",
        f"""
        create table matched as
        select narrow.rowid as r, narrow.h, d, m, p, b, u, pt, ct, ca, cw, rt, a, no_account,
            1023 - (k % 1024)::integer as tag
        from narrow join surest on narrow.h = surest.h
        where k >= ({least} * 9007199254740992)::ubigint * 1024
        """,
    )
    # Ids that are used again beyond the horizon: the tag counts for the later.
    script.run(
        "matched again",
        """
        delete from matched where r in (
            select duplicates.place_in_narrow from duplicates
            where not is_duplicate
            qualify requested_at < max(requested_at) over (partition by h)
        )
        """,
    )
    for name in ("category", "study_category", "author", "weights_class", "origin"):
        table = "int_tags" if "category" in name else "int_labels_daily"
        script.run(
            f"type {name}",
            f"create type {name}_word as enum (select distinct {name} "
            f"from intermediate.{table} where {name} is not null order by 1)",
        )
    script.run(
        "labels",
        f"""
        create table labels as
        with coded as (
            select *, usage_date as d, raw_model::model_name as m, raw_provider::provider_name as p
            from intermediate.int_labels_daily
            where raw_model in (select unnest(enum_range(null::model_name))::varchar)
        )
        select
            {_PLACE} as place, model_id::known_model as model_id, author::author_word as author,
            weights_class::weights_class_word as weights_class, origin::origin_word as origin,
            prompt_usd_per_million as prompt_price,
            coalesce(cached_prompt_usd_per_million, prompt_usd_per_million) as cached_price,
            coalesce(cache_write_usd_per_million, prompt_usd_per_million) as write_price,
            completion_usd_per_million as completion_price,
            coalesce(reasoning_usd_per_million, completion_usd_per_million) as reasoning_price
        from coded
        """,
    )
    script.run(
        "placed tags",
        """
        create table placed_tags as
        select
            enum_code(tag::any_tag)::integer as code, tag::any_tag as tag,
            category::category_word as category,
            study_category::study_category_word as study_category
        from intermediate.int_tags
        where tag in (select unnest(enum_range(null::any_tag))::varchar)
        """,
    )
    population = literal(script.gateway.get("population", "own"))
    list_usd = f"""(
        (pt - {_CACHED} - {_CACHE_WRITE})::double * prompt_price
        + ({_CACHED})::double * cached_price + ({_CACHE_WRITE})::double * write_price
        + (ct - {_REASONING})::double * completion_price
        + ({_REASONING})::double * reasoning_price
    ) / 1000000"""
    script.run(
        "int_classified_usage",
        f"""
        create table intermediate.int_classified_usage as
        select
            {population}::enum({population}) as population, d as usage_date,
            {_week_start(script, "d")} as week_start,
            if(no_account, null, a) as account_id, placed_tags.tag, category, study_category,
            {script.gateway["tags"]["sampling_rate"]}::double as sampling_rate,
            model_id, author, weights_class, origin, b as is_byok, pt::bigint as prompt_tokens,
            ct::bigint as completion_tokens, (pt + ct)::bigint as tokens,
            coalesce(u, {list_usd})::decimal(38, 18) as spend_usd,
            case
                when u is not null then 'billed' when {list_usd} is not null then 'list'
                else 'unpriced'
            end::enum('billed', 'list', 'unpriced') as price_source
        from (select *, {_PLACE} as place from matched) as matched
        join placed_tags on matched.tag = placed_tags.code
        join labels on matched.place = labels.place
        """,
    )
    script.run(
        "int_classified_requests",
        "create table intermediate.int_classified_requests as "
        f"select distinct {script.names}, sampling_rate from intermediate.int_classified_usage",
    )


def _nothing(script: Script) -> None:
    """What is empty where no cell is suppressed and no side record rejected, with its columns."""
    script.run(
        "int_account_days",
        """
        create table intermediate.int_account_days as
        select
            '' as population, current_date as usage_date, '' as raw_model, '' as account_id,
            '' as country_code, '' as language, '' as provider, true as is_byok,
            true as is_billed, true as has_tool_calls
        where false
        """,
    )


_STEPS: list[tuple[Callable[[Script], None], list[str], list[str]]] = [
    (_read_log, [], []),
    (
        _judge,
        [],
        ["int_request_duplicates", "int_request_rejects", "int_input_days"],
    ),
    (
        _usage,
        ["staging.stg_requests__finish_reasons"],
        ["int_usage_daily", "int_tool_calls_weekly", "int_sequence_lengths_weekly"],
    ),
    (_audience, ["staging.stg_geography__countries"], ["int_audience_daily"]),
    (
        _accounts,
        ["intermediate.int_labels_daily"],
        ["int_model_accounts_daily", "int_account_months"],
    ),
    (_tags, [], ["int_request_tags"]),
    (
        _classified,
        ["intermediate.int_labels_daily", "intermediate.int_tags"],
        ["int_classified_usage", "int_classified_requests"],
    ),
    (_nothing, [], ["int_account_days"]),
]
"""What is written by hand, in order: the step, what it reads of the compiled, what it makes."""


# ---- The whole ----------------------------------------------------------------------------------


def run(
    settings: Path, compiled: Path, warehouse: Path, explained: Path | None = None
) -> dict[str, Any]:
    """Read the log, write all marts.

    :param settings: the settings file of the build that is measured.
    :param compiled: the folder that ``compile_models`` has filled.
    :param warehouse: the file that the marts are written to; one that is there is replaced.
    :param explained: a folder for the profiles of all steps, which cost time.
    :returns: the steps with their wall and CPU seconds.
    """
    found = Compiled.read(compiled)
    gateways = yaml.safe_load(settings.read_text(encoding="utf-8"))["gateways"]
    if len(gateways) != 1 or gateways[0]["format"] != "table":
        raise SystemExit("this script is written for the demo's one log")
    warehouse.unlink(missing_ok=True)
    folder = warehouse.with_name(f"{warehouse.name}.landing")
    folder.mkdir(parents=True, exist_ok=True)
    options = engine_settings(folder) | {
        "threads": str(THREADS),
        "preserve_insertion_order": "false",
    }
    with duckdb.connect(":memory:", config=options) as connection:
        script = Script(connection, gateways[0], found.variables, explained)
        _begin(script, found, gateways, folder, warehouse)
        _build(script, found)
        script.run("detach", "detach warehouse")
    return {
        "steps": [
            {"step": name, "seconds": round(wall, 3), "cpu_seconds": round(cpu, 3)}
            for name, wall, cpu in script.steps
        ]
    }


def _begin(
    script: Script, found: Compiled, gateways: list[Any], folder: Path, warehouse: Path
) -> None:
    started, used = time.perf_counter(), _cpu()
    salt = read_salt()
    connection = script.connection
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"set variable {SALT_VARIABLE} = {literal(salt)}")
    connection.execute(f"attach {literal(warehouse)} as warehouse")
    for statement in prepare(gateways, folder, salt, _ABSENT, {}):
        connection.execute(statement)
    for schema in sorted({name.split(".")[0] for name in [*found.models, *found.seeds]}):
        connection.execute(f"create schema if not exists {schema}")
    for relation, seed in found.seeds.items():
        path = PROJECT_ROOT / seed["path"]
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        types = ", ".join(f"'{name}': '{seed['types'].get(name, 'varchar')}'" for name in header)
        connection.execute(
            f"create table {relation} as from read_csv({literal(path)}, header = true, "
            f"columns = {{{types}}}, nullstr = '', quote = '\"', escape = '\"')"
        )
    script.steps.append(("begin", time.perf_counter() - started, _cpu() - used))


def _build(script: Script, found: Compiled) -> None:
    """Hand-written steps one after the other; before each what it reads of the compiled."""
    made = {f"intermediate.{name}" for _, _, names in _STEPS for name in names}
    wanted = _with_all_below([name for name in found.models if _is_mart(name)], found, made)
    done: set[str] = set()
    for step, reads, makes in _STEPS:
        _compiled(script, found, _with_all_below(reads, found, made), done)
        step(script)
        done.update(f"intermediate.{name}" for name in makes)
    started, used = time.perf_counter(), _cpu()
    _compiled(script, found, wanted, done)
    script.steps.append(("all compiled", time.perf_counter() - started, _cpu() - used))


def _is_mart(relation: str) -> bool:
    return relation.startswith("main.")


def _with_all_below(relations: Iterable[str], found: Compiled, made: set[str]) -> list[str]:
    """Compiled models that relations need, each behind what it reads."""
    ordered: list[str] = []

    def visit(relation: str) -> None:
        if relation in ordered or relation in made or relation not in found.models:
            return
        for below in found.models[relation]["reads"]:
            visit(below)
        ordered.append(relation)

    for relation in relations:
        visit(relation)
    return ordered


def _compiled(script: Script, found: Compiled, wanted: list[str], done: set[str]) -> None:
    """Run compiled models, two at a time as a build does, each when what it reads is there."""
    waiting = [name for name in wanted if name not in done]
    needs = {
        name: {below for below in found.models[name]["reads"] if below in waiting}
        for name in waiting
    }
    running: dict[concurrent.futures.Future[None], str] = {}
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        while waiting or running:
            ready = [name for name in waiting if not needs[name] - done]
            for name in ready[: THREADS - len(running)]:
                waiting.remove(name)
                running[pool.submit(_make, script, found, name)] = name
            finished, _ = concurrent.futures.wait(
                running, return_when=concurrent.futures.FIRST_COMPLETED
            )
            for future in finished:
                future.result()
                done.add(running.pop(future))


def _make(script: Script, found: Compiled, relation: str) -> None:
    model = found.models[relation]
    schema, name = relation.split(".")
    code = model["code"].replace('"memory"."main".', '"warehouse"."main".')
    started = time.perf_counter()
    with script.connection.cursor() as cursor:
        cursor.execute(f"set variable {SALT_VARIABLE} = {literal(read_salt())}")
        if model["is_view"]:
            cursor.execute(f"create view memory.{schema}.{name} as {code}")
        elif _is_mart(relation):
            columns = ", ".join(
                f'cast("{column}" as {kind}) as "{column}"'
                for column, kind in model["columns"].items()
            )
            cursor.execute(f"create table warehouse.{relation} as select {columns} from ({code}\n)")
        else:
            cursor.execute(f"create table memory.{relation} as {code}")
    script.steps.append((f"compiled {name}", time.perf_counter() - started, 0.0))


# ---- Equal? -------------------------------------------------------------------------------------


def differences(warehouse: Path, limit: Path) -> dict[str, str]:
    """Hold every stored mart of the script against a build's.

    Rows are set side by side in the order of all columns that are no doubles: these must be equal,
    doubles to 1e-9 relative (or 1e-12 absolute).

    :returns: what differs, by mart; empty texts where nothing does.
    """
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"attach {literal(warehouse)} as build (read_only)")
        connection.execute(f"attach {literal(limit)} as script (read_only)")
        marts = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'build' "
            "and schema_name = 'main' order by 1"
        ).fetchall()
        return {mart: _difference(connection, mart) for (mart,) in marts}


def _difference(connection: duckdb.DuckDBPyConnection, mart: str) -> str:
    try:
        described = [
            dict(
                (name, kind)
                for name, kind, *_ in connection.execute(f"describe {side}.main.{mart}").fetchall()
            )
            for side in ("build", "script")
        ]
    except duckdb.CatalogException:
        return "not made"
    types = described[0]
    if types != described[1]:
        return f"columns: {types} and {described[1]}"
    exact = [f'"{name}"' for name, kind in types.items() if kind != "DOUBLE"]
    near = [f'"{name}"' for name, kind in types.items() if kind == "DOUBLE"]
    order = ", ".join([*exact, *near])
    equal = [f"b.{name} is not distinct from s.{name}" for name in exact]
    equal += [
        f"(b.{name} is null) = (s.{name} is null) and coalesce(abs(b.{name} - s.{name}) <= "
        f"greatest({RELATIVE} * greatest(abs(b.{name}), abs(s.{name})), {ABSOLUTE}), true)"
        for name in near
    ]
    both = (
        f"(select *, row_number() over (order by {order}) as row from build.main.{mart}) as b "
        f"full join (select *, row_number() over (order by {order}) as row "
        f"from script.main.{mart}) as s on b.row = s.row"
    )
    right = " and ".join(["b.row is not null", "s.row is not null", *equal])
    rows, wrong = connection.execute(
        f"select count(*), count(*) filter (not ({right})) from {both}"
    ).fetchone() or (0, 0)
    return f"{wrong:,} of {rows:,} rows" if wrong else ""


def main(arguments: list[str] | None = None) -> None:
    """Compile, or run the script; the steps' times go to standard output or a file as JSON."""
    parser = argparse.ArgumentParser(prog="benchmarks.limit")
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--compiled", type=Path, required=True, help="what --prepare writes")
    parser.add_argument("--prepare", action="store_true", help="let dbt compile, and end")
    parser.add_argument("--warehouse", type=Path, help="the file that the marts are written to")
    parser.add_argument("--answer", type=Path, help="where the steps' times are written")
    parser.add_argument("--explain", type=Path, help="a folder for the profiles of all steps")
    asked = parser.parse_args(arguments)
    if asked.prepare:
        compile_models(asked.settings, asked.compiled.resolve())
        return
    if asked.warehouse is None:
        parser.error("--warehouse is needed")
    answer = run(asked.settings, asked.compiled, asked.warehouse, asked.explain)
    text = json.dumps(answer, indent=2)
    if asked.answer is None:
        print(text)
    else:
        asked.answer.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    # All is written: an engine's memory need not be given back page by page.
    os._exit(0)
