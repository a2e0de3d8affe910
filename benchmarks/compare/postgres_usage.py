"""The usage questions as LiteLLM asks them of PostgreSQL, and of the warehouse.

The table is LiteLLM's own (``model LiteLLM_SpendLogs`` of ``schema.prisma`` in the repository
BerriAI/litellm, commit 029f645f1c81cbd6c6c48fbc8490d91da937066f) with all its columns and indexes,
and the queries are those of its endpoints and views (``litellm/proxy/spend_tracking/
spend_management_endpoints.py``, commit 00bc59b8c28847344178f7940319d45819f55779, and the views that
the proxy creates), with one change: where they take the last 30 days before today, the last whole
month of the log stands.

In PostgreSQL's favour: ``model`` holds the warehouse's model id, so that nothing need be mapped;
rows are accepted requests only; ``metadata``, ``messages`` and ``response``, which make LiteLLM's
rows several times as wide, are empty; the table is loaded in order of time, indexed afterwards,
vacuumed and analysed; the server has 4 GB of shared buffers and as many parallel workers as cores.
"""

import argparse
import contextlib
import datetime
import json
import math
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from llm_usage.salt import read_salt

REPEATS = 5
RELATIVE = 1e-9
GIGABYTE = 2**30
SERVER_USER = "postgres"

TABLE = """
create table "LiteLLM_SpendLogs" (
    request_id text not null,
    call_type text not null,
    api_key text not null default '',
    spend double precision not null default 0.0,
    total_tokens integer not null default 0,
    prompt_tokens integer not null default 0,
    completion_tokens integer not null default 0,
    "startTime" timestamp(3) not null,
    "endTime" timestamp(3) not null,
    request_duration_ms integer,
    "completionStartTime" timestamp(3),
    model text not null default '',
    model_id text default '',
    model_group text default '',
    custom_llm_provider text default '',
    api_base text default '',
    "user" text default '',
    metadata jsonb default '{}',
    cache_hit text default '',
    cache_key text default '',
    request_tags jsonb default '[]',
    team_id text,
    organization_id text,
    end_user text,
    requester_ip_address text,
    messages jsonb default '{}',
    response jsonb default '{}',
    session_id text,
    status text,
    mcp_namespaced_tool_name text,
    agent_id text,
    proxy_server_request jsonb default '{}'
)
"""
INDEXES = [
    'alter table "LiteLLM_SpendLogs" add constraint "LiteLLM_SpendLogs_pkey" '
    "primary key (request_id)",
    'create index "LiteLLM_SpendLogs_startTime_idx" on "LiteLLM_SpendLogs" ("startTime")',
    'create index "LiteLLM_SpendLogs_startTime_request_id_idx" '
    'on "LiteLLM_SpendLogs" ("startTime", request_id)',
    'create index "LiteLLM_SpendLogs_end_user_idx" on "LiteLLM_SpendLogs" (end_user)',
    'create index "LiteLLM_SpendLogs_session_id_idx" on "LiteLLM_SpendLogs" (session_id)',
]
LOADED = [
    *("request_id", "call_type", "api_key", "spend", "total_tokens", "prompt_tokens"),
    *("completion_tokens", "startTime", "endTime", "request_duration_ms", "completionStartTime"),
    *("model", "model_group", "custom_llm_provider", "user", "end_user", "session_id", "status"),
]
ROWS = """
select
    request_id,
    'acompletion' as call_type,
    coalesce(account_id, '') as api_key,
    coalesce(spend_usd, 0) as spend,
    tokens as total_tokens,
    prompt_tokens,
    completion_tokens,
    date_trunc('milliseconds', requested_at) as start_time,
    start_time + to_milliseconds(coalesce(latency_ms, 0)) as end_time,
    cast(latency_ms as integer) as request_duration_ms,
    start_time + to_milliseconds(time_to_first_token_ms) as completion_start_time,
    model_id as model,
    raw_model as model_group,
    provider as custom_llm_provider,
    coalesce(account_id, '') as user_id,
    account_id as end_user,
    session_id,
    case when finish_reason = 'error' then 'failure' else 'success' end as status
from fct_requests
where requested_at >= $first and requested_at < $last
order by requested_at
"""
LABELS_TABLE = """
create table model_labels (
    model text not null, day date not null, weights_class text not null, primary key (model, day)
)
"""


@dataclass(frozen=True)
class Question:
    """A question in both languages; ``{name}`` stands for parameters.

    ``ordered`` rows are compared in their order, others sorted.
    """

    name: str
    asked: str
    postgres: str
    warehouse: str
    answered_from: str


QUESTIONS = [
    Question(
        "month_by_model",
        "a month's spend by model (`/global/spend/models`)",
        """
        SELECT "model", SUM("spend") AS total_spend
        FROM "LiteLLM_SpendLogs"
        WHERE "startTime" >= %(first)s AND "startTime" < %(last)s AND "model" != ''
        GROUP BY "model"
        ORDER BY total_spend DESC
        """,
        """
        select model_id, coalesce(sum(spend_usd), 0) as total_spend
        from fct_usage_daily
        where usage_date >= $first and usage_date < $last
        group by model_id
        order by total_spend desc
        """,
        "`fct_usage_daily`",
    ),
    Question(
        "top_accounts",
        "a month's top 20 accounts (`/global/spend/end_users`)",
        """
        SELECT end_user, COUNT(*) AS total_count, SUM(spend) AS total_spend
        FROM "LiteLLM_SpendLogs"
        WHERE "startTime" >= %(first)s::timestamp
          AND "startTime" < %(last)s::timestamp
          AND (CASE WHEN %(key)s::TEXT IS NULL THEN TRUE ELSE api_key = %(key)s END)
        GROUP BY end_user
        ORDER BY total_spend DESC
        LIMIT 20
        """,
        """
        select account_id, count(*) as total_count, coalesce(sum(spend_usd), 0) as total_spend
        from fct_requests
        where requested_at >= $first and requested_at < $last
        group by account_id
        order by total_spend desc
        limit 20
        """,
        "`fct_requests`, the log itself",
    ),
    Question(
        "account_days_by_user",
        "one account's days in a month (`MonthlyGlobalSpendPerUserPerKey`, by `user`)",
        """
        SELECT DATE("startTime") AS date, SUM("spend") AS spend, api_key, "user"
        FROM "LiteLLM_SpendLogs"
        WHERE "startTime" >= %(first)s AND "startTime" < %(last)s AND "user" = %(account)s
        GROUP BY DATE("startTime"), "user", api_key
        ORDER BY date
        """,
        """
        select usage_date, coalesce(sum(spend_usd), 0), account_id, account_id
        from fct_requests
        where requested_at >= $first and requested_at < $last and account_id = $account
        group by usage_date, account_id
        order by usage_date
        """,
        "`fct_requests`, the log itself",
    ),
    Question(
        "account_days_by_end_user",
        "the same by `end_user`, which has an index",
        """
        SELECT DATE("startTime") AS date, SUM("spend") AS spend, api_key, end_user
        FROM "LiteLLM_SpendLogs"
        WHERE "startTime" >= %(first)s AND "startTime" < %(last)s AND end_user = %(account)s
        GROUP BY DATE("startTime"), end_user, api_key
        ORDER BY date
        """,
        """
        select usage_date, coalesce(sum(spend_usd), 0), account_id, account_id
        from fct_requests
        where requested_at >= $first and requested_at < $last and account_id = $account
        group by usage_date, account_id
        order by usage_date
        """,
        "`fct_requests`, the log itself",
    ),
    Question(
        "weekly_shares",
        "weekly shares of open and closed models (labels joined, LiteLLM knows none)",
        """
        SELECT
            date_trunc('week', s."startTime")::date AS week,
            l.weights_class,
            SUM(s.total_tokens)::float8 / SUM(SUM(s.total_tokens)) OVER (
                PARTITION BY date_trunc('week', s."startTime")::date
            )::float8 AS token_share
        FROM "LiteLLM_SpendLogs" s
        JOIN model_labels l ON s.model = l.model AND s."startTime"::date = l.day
        GROUP BY 1, 2
        ORDER BY 1, 2
        """,
        """
        select week_start, weights_class, sum(token_share)
        from source_shares_weekly
        group by all
        order by all
        """,
        "`source_shares_weekly`",
    ),
]


def main() -> None:
    """Load, ask both, compare, write the answer; one line where PostgreSQL is not installed."""
    parser = argparse.ArgumentParser(description="LiteLLM's way against the warehouse")
    for name in ("log", "warehouse", "answer", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    asked = parser.parse_args()
    programs = _programs()
    if programs is None:
        told = "PostgreSQL is not installed (apt-get install -y postgresql)"
        print(told)
        asked.answer.write_text(json.dumps({"skipped": told}), encoding="utf-8")
        return
    asked.work.mkdir(parents=True, exist_ok=True)
    with (
        duckdb.connect(str(asked.warehouse), read_only=True) as warehouse,
        _server(programs, asked.work) as socket,
        psycopg.connect(host=socket, dbname="postgres", user=SERVER_USER) as postgres,
    ):
        postgres.autocommit = True
        warehouse.execute("set timezone = 'UTC'")
        warehouse.execute(f"set variable llm_usage_salt = '{read_salt()}'")
        answer = _load(warehouse, postgres, asked.work)
        parameters = _parameters(warehouse)
        answer |= {
            "settings": _settings(),
            "repeats": REPEATS,
            "month": str(parameters["first"]),
            "questions": [_ask(warehouse, postgres, each, parameters) for each in QUESTIONS],
        }
    asked.answer.write_text(json.dumps(answer, indent=2, default=str), encoding="utf-8")


def _programs() -> Path | None:
    """The folder of the newest server that is installed."""
    found = [Path(path).parent for path in [shutil.which("initdb")] if path]
    found += [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: _version_of(path), default=None)


def _version_of(programs: Path) -> tuple[int, ...]:
    told = subprocess.run(
        [programs / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    numbers = told.split(")")[-1].split()[0] if "(" not in told else told.split()[2]
    return tuple(int(number) for number in numbers.split(".") if number.isdigit())


def _settings() -> dict[str, str]:
    """What an operator of this table would set; the rest are the defaults."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    cores = str(len(os.sched_getaffinity(0)))
    return {
        "shared_buffers": f"{min(4 * GIGABYTE, memory // 4) // 2**20}MB",
        "work_mem": "256MB",
        "maintenance_work_mem": "1GB",
        "effective_cache_size": f"{memory // 2 // 2**20}MB",
        "max_worker_processes": str(max(8, int(cores))),
        "max_parallel_workers": cores,
        "max_parallel_workers_per_gather": cores,
        "max_parallel_maintenance_workers": cores,
        "random_page_cost": "1.1",
        "max_wal_size": "16GB",
        "wal_level": "minimal",
        "max_wal_senders": "0",
    }


@contextlib.contextmanager
def _server(programs: Path, work: Path) -> Iterator[str]:
    """A server on a folder of its own, without network; stopped and removed afterwards.

    PostgreSQL refuses to run as root: then it runs as the user that its package made.

    :returns: the folder of its socket.
    """
    # Paths of sockets are short: not in the work folder, which may lie deep.
    with tempfile.TemporaryDirectory(prefix="benchmark-postgres-") as socket:
        data = work / "postgres"
        as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            owner = pwd.getpwnam(SERVER_USER)
            data.mkdir()
            for path in (data, Path(socket)):
                os.chown(path, owner.pw_uid, owner.pw_gid)
            as_user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        words = ["-D", data, "-U", SERVER_USER, "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run(
            [programs / "initdb", *words], check=True, stdout=subprocess.DEVNULL, cwd=socket,
            **as_user,
        )  # fmt: skip
        settings = {"unix_socket_directories": socket, "listen_addresses": "", **_settings()}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *words], cwd=socket, stderr=subprocess.DEVNULL,
            **as_user,
        )  # fmt: skip
        try:
            _wait_until_ready(server, socket)
            yield socket
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()
            shutil.rmtree(data, ignore_errors=True)


def _wait_until_ready(server: subprocess.Popen[bytes], socket: str) -> None:
    for _ in range(600):
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host=socket, dbname="postgres", user=SERVER_USER).close()
            return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit("PostgreSQL did not start")


def _load(
    warehouse: duckdb.DuckDBPyConnection, postgres: psycopg.Connection, work: Path
) -> dict[str, Any]:
    """Fill LiteLLM's table from the warehouse's accepted requests, month by month."""
    started = time.perf_counter()
    postgres.execute(TABLE)
    months = warehouse.execute(
        "select distinct date_trunc('month', usage_date)::date from fct_usage_daily order by 1"
    ).fetchall()
    columns = ", ".join(f'"{name}"' for name in LOADED)
    file = work / "rows.csv"
    for (first,) in months:
        last = (first + datetime.timedelta(days=32)).replace(day=1)
        query = ROWS.replace("$first", f"timestamp '{first}'").replace(
            "$last", f"timestamp '{last}'"
        )
        warehouse.execute(f"copy ({query}) to '{file}' (format csv, header false)")
        command = f'copy "LiteLLM_SpendLogs" ({columns}) from stdin (format csv)'
        with file.open("rb") as stream, postgres.cursor().copy(command) as copy:
            while block := stream.read(2**20):
                copy.write(block)
        file.unlink()
    load_seconds = time.perf_counter() - started
    started = time.perf_counter()
    for index in INDEXES:
        postgres.execute(index)
    index_seconds = time.perf_counter() - started
    postgres.execute(LABELS_TABLE)
    labels = warehouse.execute(
        "select distinct model_id, usage_date, weights_class from fct_usage_daily"
    ).fetchall()
    command = "copy model_labels (model, day, weights_class) from stdin"
    with postgres.cursor().copy(command) as copy:
        for row in labels:
            copy.write_row(row)
    postgres.execute("vacuum (analyze)")
    sizes = postgres.execute(
        """select pg_table_size('"LiteLLM_SpendLogs"'), pg_indexes_size('"LiteLLM_SpendLogs"')"""
    ).fetchone()
    rows = postgres.execute('select count(*) from "LiteLLM_SpendLogs"').fetchone()
    accepted = warehouse.execute("select sum(accepted_records) from data_quality_daily").fetchone()
    assert sizes is not None and rows is not None and accepted is not None
    if rows[0] != accepted[0]:
        raise SystemExit(f"{rows[0]:,} rows loaded of {accepted[0]:,} accepted requests")
    return {
        "version": postgres.info.parameter_status("server_version"),
        "rows": rows[0],
        "load_seconds": round(load_seconds, 1),
        "index_seconds": round(index_seconds, 1),
        "table_bytes": sizes[0],
        "index_bytes": sizes[1],
    }


def _parameters(warehouse: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The last month that the log covers to its end, and its tenth account by spend."""
    found = warehouse.execute("select max(usage_date) from fct_usage_daily").fetchone()
    assert found is not None
    after = found[0] + datetime.timedelta(days=1)
    last = after.replace(day=1)
    first = (last - datetime.timedelta(days=1)).replace(day=1)
    bounds = {"first": first, "last": last}
    account = warehouse.execute(
        """
        select account_id from fct_requests
        where requested_at >= $first and requested_at < $last and account_id is not null
        group by account_id
        order by sum(spend_usd) desc
        limit 1 offset 9
        """,
        bounds,
    ).fetchone()
    assert account is not None
    return {**bounds, "account": account[0], "key": None}


def _ask(
    warehouse: duckdb.DuckDBPyConnection,
    postgres: psycopg.Connection,
    question: Question,
    parameters: dict[str, Any],
) -> dict[str, Any]:
    """Ask both, warm, and hold the answers against each other."""
    named = {name: value for name, value in parameters.items() if f"${name}" in question.warehouse}
    theirs, postgres_seconds = _best(
        lambda: postgres.execute(question.postgres, parameters).fetchall()
    )
    ours, warehouse_seconds = _best(lambda: warehouse.execute(question.warehouse, named).fetchall())
    return {
        "name": question.name,
        "asked": question.asked,
        "answered_from": question.answered_from,
        "rows": len(ours),
        "equal": _equal(ours, theirs),
        "postgres_seconds": postgres_seconds,
        "warehouse_seconds": warehouse_seconds,
        "ratio": postgres_seconds / warehouse_seconds,
        "plan": [line for (line,) in postgres.execute(f"explain {question.postgres}", parameters)],
    }


def _best(ask: Callable[[], list[tuple[Any, ...]]]) -> tuple[list[tuple[Any, ...]], float]:
    """The answer, and the least seconds of the repeats after one that warms up."""
    rows = ask()
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        rows = ask()
        seconds.append(time.perf_counter() - started)
    return rows, min(seconds)


def _equal(ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> bool:
    """Rows as sets: order within equal sums is nobody's promise."""
    if len(ours) != len(theirs):
        return False
    return all(
        len(one) == len(other) and all(map(_equal_values, one, other))
        for one, other in zip(_sorted(ours), _sorted(theirs), strict=True)
    )


def _sorted(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(
        rows,
        key=lambda row: [
            (value is not None, str(value)) for value in row if not isinstance(value, float)
        ],
    )


def _equal_values(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=1e-12)
    return bool(one == other)


if __name__ == "__main__":
    main()
