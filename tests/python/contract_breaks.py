"""Good rows of every mart, and ways to break each rule of its contract and no other.

The rows stand in ``tests/fixtures/contracts/<mart>.csv``: a few of a demo warehouse, whole parents
of shares among them. A way to break a rule is a list of statements.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
from conftest import ROOT

from llm_usage.contracts.engines import DuckDBTables
from llm_usage.contracts.odcs import Contract, Rule
from llm_usage.contracts.rules import KINDS, offenders_query

FIXTURES = ROOT / "tests" / "fixtures" / "contracts"
NULL = "NULL"
FINDINGS = 103
NOT_ON_A_LIST = "'not on the list'"

SQL_BREAKS: dict[tuple[str, str], str] = {
    ("category_cost_quadrants", "a pool of categories has no quadrant"): (
        "update {t} set quadrant = 'niche_utilities' where category = 'other'"
    ),
    ("category_cost_quadrants", "cost is spend by tokens"): (
        "update {t} set spend_usd = 2 * spend_usd + 1 where rowid = 0"
    ),
    ("concentration_weekly", "effective_models is 1 / hhi"): (
        "update {t} set effective_models = effective_models + 1 where rowid = 0"
    ),
    ("concentration_weekly", "the top three hold at least what the top one holds"): (
        "update {t} set top3_share = top1_share / 2 where rowid = 0"
    ),
    ("data_quality_daily", "raw is accepted, rejected and duplicates"): (
        "update {t} set raw_records = raw_records + 1 where rowid = 0"
    ),
    ("data_quality_daily", "at most 5 percent of a day are rejected"): (
        "update {t} set raw_records = 100, rejected_records = 6, accepted_records = 94, "
        "duplicate_records = 0 where rowid = 0"
    ),
    ("dim_models", "no more parameters are active than there are"): (
        "update {t} set parameters_active_b = parameters_total_b + 1 "
        "where parameters_active_b is not null"
    ),
    ("dim_prices", "prices of a model at a provider do not overlap"): (
        "update {t} set valid_to = valid_to + 1000 where rowid = 0"
    ),
    ("fct_requests", "tokens are prompt and completion"): (
        "update {t} set tokens = tokens + 1 where rowid = 0"
    ),
    ("fct_requests", "spend is null exactly where unpriced"): (
        "update {t} set price_source = 'unpriced' where rowid = 0"
    ),
    ("fct_usage_daily", "tokens are prompt and completion"): (
        "update {t} set tokens = tokens + 1 where rowid = 0"
    ),
    ("fct_usage_daily", "prompt is uncached and cached"): (
        "update {t} set uncached_prompt_tokens = uncached_prompt_tokens + 1 where rowid = 0"
    ),
    ("fct_usage_daily", "completion is visible and reasoning"): (
        "update {t} set visible_completion_tokens = visible_completion_tokens + 1 where rowid = 0"
    ),
    ("fct_usage_daily", "cache writes are uncached"): (
        "update {t} set cache_write_tokens = uncached_prompt_tokens + 1 where rowid = 0"
    ),
    ("fct_usage_daily", "spend is null where all is unpriced"): (
        "update {t} set unpriced_requests = requests where rowid = 0"
    ),
    ("focus_usage", "list cost is price times quantity"): (
        "update {t} set ListCost = ListCost + 1 where ListUnitPrice is not null"
    ),
    ("focus_usage", "pricing quantity is consumed quantity in millions"): (
        "update {t} set PricingQuantity = PricingQuantity + 1, ListUnitPrice = null where rowid = 0"
    ),
    ("focus_usage", "a charge period ends after it starts"): (
        "update {t} set ChargePeriodEnd = ChargePeriodStart where rowid = 0"
    ),
    ("focus_usage", "no more is unpriced than is consumed"): (
        "update {t} set x_UnpricedQuantity = ConsumedQuantity + 1 where rowid = 0"
    ),
    ("model_cost_usage", "cost is spend by tokens"): (
        "update {t} set spend_usd = 2 * spend_usd + 1 where rowid = 0"
    ),
    ("price_elasticity", "slope lies in its interval"): (
        "update {t} set slope_low = slope_high + 1 where rowid = 0"
    ),
    ("price_elasticity", "every population has six estimates"): "delete from {t} where rowid = 0",
    ("reasoning_shares_weekly", "reasoning models are part of all"): (
        "update {t} set reasoning_model_tokens = tokens + 1 where rowid = 0"
    ),
    ("retention_triangles", "retention lies in its interval"): (
        "update {t} set retention_low = (retention + 1) / 2 where retention < 1"
    ),
    ("retention_triangles", "no more stay than came"): (
        "update {t} set retained_accounts = cohort_accounts + 1 where months_since = 1"
    ),
    ("retention_triangles", "no more return than are retained"): (
        "update {t} set returned_accounts = retained_accounts + 1 where months_since = 1"
    ),
    ("retention_triangles", "everybody is there at age 0"): (
        "update {t} set retained_accounts = cohort_accounts - 1 where months_since = 0"
    ),
    ("retention_verdicts", "a foundational cohort was compared and its model says so"): (
        "update {t} set compared_ages = 0 where is_foundational"
    ),
    ("sequence_lengths_weekly", "percentiles rise"): (
        "update {t} set prompt_tokens_p50 = prompt_tokens_p99 + 1 where rowid = 0"
    ),
    ("sequence_lengths_weekly", "means add up"): (
        "update {t} set tokens_mean = tokens_mean + 1 where rowid = 0"
    ),
    ("study_scorecard", "a reason is given exactly where nothing is computable"): (
        "update {t} set reason = 'none' where rowid = 0"
    ),
    ("study_scorecard", "reproduced means every part of it"): (
        "update {t} set parts_reproduced = parts - 1 where rowid = 0"
    ),
    ("study_scorecard", "no more parts are reproduced than there are"): (
        "update {t} set parts_reproduced = parts + 1, verdict = 'differs' where rowid = 0"
    ),
    ("study_scorecard", "every population has every finding"): "delete from {t} where rowid = 0",
    ("tool_call_shares_weekly", "tool calls are part of all"): (
        "update {t} set tool_call_tokens = tokens + 1 where rowid = 0"
    ),
    ("unmapped_models", "a name is first seen before it is last seen"): (
        "update {t} set first_seen_on = last_seen_on + 1 where rowid = 0"
    ),
}
"""One for each rule that is a query of its own; those that several marts have follow below."""

RANGE_BREAKS: dict[tuple[str, str], str] = {
    ("data_quality_daily", "accepted_records"): (
        "update {t} set accepted_records = -1, rejected_records = 0, duplicate_records = 1, "
        "raw_records = 0 where rowid = 0"
    ),
    ("data_quality_daily", "rejected_records"): (
        "update {t} set rejected_records = -1, raw_records = raw_records - rejected_records - 1 "
        "where rowid = 0"
    ),
    ("data_quality_daily", "duplicate_records"): (
        "update {t} set duplicate_records = -1, raw_records = raw_records - duplicate_records - 1 "
        "where rowid = 0"
    ),
    ("fct_requests", "prompt_tokens"): (
        "update {t} set prompt_tokens = -1, tokens = completion_tokens - 1 where rowid = 0"
    ),
    ("fct_requests", "completion_tokens"): (
        "update {t} set completion_tokens = -1, tokens = prompt_tokens - 1 where rowid = 0"
    ),
    ("study_scorecard", "parts_reproduced"): (
        "update {t} set parts_reproduced = -1, verdict = 'differs' where rowid = 0"
    ),
}
"""Where the column is in a sum that must keep adding up."""


def open_in_memory() -> duckdb.DuckDBPyConnection:
    """A database of a few rows: threads would cost more than they do."""
    return duckdb.connect(config={"threads": 1})


def load(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Make the table with its good rows, and what else its rules read."""
    types = {column.name: column.physical_type for column in contract.columns}
    columns = ", ".join(f"'{name}': '{_duckdb_type(kind)}'" for name, kind in types.items())
    connection.execute(
        f"create table {contract.name} as select * from read_csv("
        f"'{FIXTURES / contract.name}.csv', header = true, auto_detect = false, delim = ',', "
        f"quote = '\"', escape = '\"', nullstr = '{NULL}', columns = {{{columns}}})"
    )
    if contract.name == "study_scorecard":
        connection.execute(
            "insert into study_scorecard select s.* replace (i + 2 as position, "
            f"s.finding_id || i as finding_id) from range(1, {FINDINGS - 1}) as t(i) "
            "cross join study_scorecard as s where s.position = 1"
        )
    for rule in contract.rules:
        if rule.kind == "freshness":
            given = rule.arguments
            connection.execute(
                f"create table if not exists {given['reference_table']} as select population, "
                f"max(cast({given['column']} as date)) + {given['most_days']} "
                f"as {given['reference_column']} from {contract.name} group by population"
            )


def break_alone(
    connection: duckdb.DuckDBPyConnection, contract: Contract, rule: Rule, folder: Path
) -> None:
    """Break a rule in the plainest way that, by the queries of the others, breaks no other."""
    tables = DuckDBTables(connection, folder)
    expected = {rule.name} if KINDS[rule.kind].offenders else set()
    for statements in ways_to_break(connection, contract, rule):
        connection.execute("begin")
        for statement in statements:
            connection.execute(statement)
        if broken_by_sql(tables, contract) == expected:
            connection.execute("commit")
            return
        connection.execute("rollback")
    raise AssertionError(f"no way to break `{rule.name}` of {contract.name} alone")


def ways_to_break(
    connection: duckdb.DuckDBPyConnection, contract: Contract, rule: Rule
) -> Iterator[list[str]]:
    """Statements that break a rule, the plainest first."""
    table, given = contract.name, rule.arguments
    if rule.kind == "columns":
        yield [f"alter table {table} add column one_more bigint"]
    elif rule.kind == "row_count":
        yield [f"delete from {table}"]
    elif rule.kind == "freshness":
        reference, day = given["reference_table"], given["reference_column"]
        yield [f"update {reference} set {day} = {day} + 1"]
    elif rule.kind == "unique":
        yield from _repeat(connection, contract, given["columns"])
    elif rule.kind == "sql":
        yield [_break_sql(contract, rule.name)]
    elif rule.kind == "range":
        yield from _leave_range(connection, contract, rule)
    else:
        value = {"not_null": "null", "in_set": NOT_ON_A_LIST, "not_in_set": "''"}[rule.kind]
        column = given["column"]
        for row in _rows(connection, table):
            yield [f"update {table} set {column} = {value} where rowid = {row}"]
        # A part of a parent: all of its children go along.
        yield [
            f"update {table} set {column} = {value} "
            f"where {column} = (select {column} from {table} where rowid = 0)"
        ]
        yield [f"update {table} set {column} = {value}"]


def broken_by_sql(tables: DuckDBTables, contract: Contract) -> set[str]:
    """Which rules are broken, by the queries that find offenders: quick, and no proof.

    Rules of the table as a whole have no such query and are left out.
    """
    queries = {
        rule.name: offenders_query(contract, rule, tables.relation, tables.relation(contract.name))
        for rule in contract.rules
    }
    asked = [
        f"select '{name}' as rule where exists ({query})"
        for name, query in queries.items()
        if query
    ]
    return {str(dict(row)["rule"]) for row in tables.rows(" union all ".join(asked))}


def _break_sql(contract: Contract, name: str) -> str:
    if name.endswith(" sums to 1"):
        share = name.removesuffix(" sums to 1")
        names = {column.name for column in contract.columns}
        nulls = [f"{bound} = null" for bound in (f"{share}_low", f"{share}_high") if bound in names]
        changes = ", ".join([f"{share} = {share} / 2", *nulls])
        return (
            f"update {contract.name} set {changes} "
            f"where {share} = (select max({share}) from {contract.name})"
        )
    shared = {
        "a suppressed cell shows nothing": "update {t} set is_suppressed = true where rowid = 0",
        "tokens are known unless suppressed": "update {t} set tokens = null where rowid = 0",
        "token_share lies in its interval": (
            "update {t} set token_share_low = (token_share + 1) / 2 where rowid = 0"
        ),
    }
    statement = shared.get(name) or SQL_BREAKS[contract.name, name]
    return statement.format(t=contract.name)


def _leave_range(
    connection: duckdb.DuckDBPyConnection, contract: Contract, rule: Rule
) -> Iterator[list[str]]:
    table, column = contract.name, rule.arguments["column"]
    if (table, column) in RANGE_BREAKS:
        yield [RANGE_BREAKS[table, column].format(t=table)]
        return
    least, most = rule.arguments["minimum"], rule.arguments["maximum"]
    if rule.arguments["type"] == "date":
        outside = f"date '{least}' - 1"
    else:
        outside = str(least - 1 if least is not None else most + 1)
        if least is not None and most is not None:
            # A lower end of an interval may leave it downwards, an upper one upwards.
            yield from _leave(table, column, str(most + 1), _rows(connection, table), [])
    known = any(other.name == "tokens are known unless suppressed" for other in contract.rules)
    others = [
        f"{other.name} = null"
        for other in contract.columns
        if not other.required
        and other.key_position is None
        and other.name != column
        and not (known and other.name == "tokens")
    ]
    yield from _leave(table, column, outside, _rows(connection, table), others)
    # Shares of one parent: what one row loses another gains.
    (first, second, *_) = _rows(connection, table)
    was = connection.execute(f"select {column} from {table} where rowid = {first}").fetchone()
    if was is not None and isinstance(was[0], float):
        nulls = [
            f", {other}"
            for other in others
            if other.startswith((f"{column}_low", f"{column}_high"))
        ]
        gained = f"{column} + {was[0]} - ({outside})"
        yield [
            f"update {table} set {column} = {value}{''.join(nulls)} where rowid = {row}"
            for row, value in ((first, outside), (second, gained))
        ]


def _leave(
    table: str, column: str, outside: str, rows: list[int], others: list[str]
) -> Iterator[list[str]]:
    """Alone, and with all else null that may be."""
    for row in rows:
        for changes in ([f"{column} = {outside}"], [f"{column} = {outside}", *others]):
            yield [f"update {table} set {', '.join(changes)} where rowid = {row}"]


def _repeat(
    connection: duckdb.DuckDBPyConnection, contract: Contract, columns: list[str]
) -> Iterator[list[str]]:
    table = contract.name
    first, *rest = _rows(connection, table)
    for other in rest:
        changes = ", ".join(
            f"{column} = (select {column} from {table} where rowid = {first})" for column in columns
        )
        yield [f"update {table} set {changes} where rowid = {other}"]
    yield [f"insert into {table} select * from {table} where rowid = {first}"]


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[int]:
    found = connection.execute(f"select rowid from {table} order by rowid limit 4").fetchall()
    return [row for (row,) in found]


def _duckdb_type(kind: str | None) -> str:
    return {"string": "varchar"}.get(str(kind), str(kind))
