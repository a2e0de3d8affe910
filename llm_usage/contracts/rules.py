"""Each kind of rule as an expectation, and as the SQL that finds the rows which break it.

The SQL is what DuckDB and Spark both read. A kind that stands here is held; there is no other.
"""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from llm_usage.contracts.odcs import OBJECT, Contract, Rule

Relation = Callable[[str], str]
"""A table's name as SQL of an engine names it."""

PLACE_OF_A_RECORD = ("gateway", "read_file", "source_row")
"""Which record of a log breaks a rule: it has no key of its own."""


@dataclass(frozen=True)
class Kind:
    """How one kind of rule is held.

    ``expectation`` is the name of a class of ``great_expectations.expectations``; ``arguments``
    gives its arguments for a rule. ``offenders`` gives the end of a query, from ``from`` on, whose
    rows break the rule; none where a rule is of the table as a whole.
    """

    expectation: str
    arguments: Callable[[Rule, Relation], dict[str, Any]]
    offenders: Callable[[Rule, Relation], str] | None


def _literal(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _typed(value: Any, logical_type: str) -> Any:
    """A bound as Great Expectations compares it: YAML reads a date as one, or as a text."""
    if value is None or logical_type not in ("date", "timestamp"):
        return value
    day = datetime.date.fromisoformat(str(value))
    return day if logical_type == "date" else datetime.datetime(day.year, day.month, day.day)


def _not_null(rule: Rule) -> dict[str, Any]:
    # A share that is met exactly must not fail for the last digit of 1 - p / 100.
    mostly = 1 - rule.arguments["most_percent"] / 100
    return {"column": rule.arguments["column"], "mostly": max(0.0, round(mostly, 9))}


def _range(rule: Rule) -> dict[str, Any]:
    given = rule.arguments
    return {
        "column": given["column"],
        "min_value": _typed(given["minimum"], given["type"]),
        "max_value": _typed(given["maximum"], given["type"]),
    }


def _out_of_range(rule: Rule) -> str:
    given = rule.arguments
    is_time = given["type"] in ("date", "timestamp")
    outside = [
        f"{given['column']} {sign} {'date ' if is_time else ''}{_literal(given[bound])}"
        for bound, sign in (("minimum", "<"), ("maximum", ">"))
        if given[bound] is not None
    ]
    return f"from {OBJECT} where {' or '.join(outside)}"


def _duplicates(rule: Rule) -> str:
    columns = ", ".join(rule.arguments["columns"])
    return (
        f"from (select {columns}, count(*) as equal_rows from {OBJECT} group by {columns} "
        "having count(*) > 1) as repeated"
    )


def _stale(rule: Rule, relation: Relation) -> str:
    given = rule.arguments
    # Only populations that the table has: it may be of requests, and one of published totals only.
    return (
        "from (select own.population, own.latest, data.latest as data_reach_to from "
        f"(select population, max(cast({given['column']} as date)) as latest from {OBJECT} "
        "group by population) as own inner join "
        f"(select population, max(cast({given['reference_column']} as date)) as latest "
        f"from {relation(given['reference_table'])} group by population) as data "
        "on own.population = data.population "
        f"where data.latest > own.latest + {given['most_days']}) as stale"
    )


def _in(rule: Rule) -> str:
    return ", ".join(map(_literal, rule.arguments["values"]))


def _rows_query(find: Callable[[Rule, Relation], str]) -> Callable[[Rule, Relation], dict]:
    def arguments(rule: Rule, relation: Relation) -> dict[str, Any]:
        query = f"select * {find(rule, relation)}"
        # Great Expectations puts the batch where its own sign is, and takes braces for signs.
        escaped = query.replace("{", "{{").replace("}", "}}").replace("${{object}}", "{batch}")
        return {"unexpected_rows_query": escaped}

    return arguments


KINDS: Mapping[str, Kind] = {
    "columns": Kind(
        "ExpectTableColumnsToMatchSet",
        lambda rule, _: {
            "column_set": rule.arguments["columns"],
            "exact_match": rule.arguments["exact"],
        },
        None,
    ),
    "row_count": Kind(
        "ExpectTableRowCountToBeBetween",
        lambda rule, _: {
            "min_value": rule.arguments["least"],
            "max_value": rule.arguments["most"],
        },
        None,
    ),
    "not_null": Kind(
        "ExpectColumnValuesToNotBeNull",
        lambda rule, _: _not_null(rule),
        lambda rule, _: f"from {OBJECT} where {rule.arguments['column']} is null",
    ),
    "range": Kind(
        "ExpectColumnValuesToBeBetween",
        lambda rule, _: _range(rule),
        lambda rule, _: _out_of_range(rule),
    ),
    "in_set": Kind(
        "ExpectColumnValuesToBeInSet",
        lambda rule, _: {
            "column": rule.arguments["column"],
            "value_set": rule.arguments["values"],
        },
        lambda rule, _: f"from {OBJECT} where {rule.arguments['column']} not in ({_in(rule)})",
    ),
    "not_in_set": Kind(
        "ExpectColumnValuesToNotBeInSet",
        lambda rule, _: {
            "column": rule.arguments["column"],
            "value_set": rule.arguments["values"],
        },
        lambda rule, _: f"from {OBJECT} where {rule.arguments['column']} in ({_in(rule)})",
    ),
    # Not ExpectCompoundColumnsToBeUnique: it joins the whole table to its groups, which loses rows
    # whose key has a null and takes six times as long.
    "unique": Kind(
        "UnexpectedRowsExpectation",
        _rows_query(lambda rule, _: _duplicates(rule)),
        lambda rule, _: _duplicates(rule),
    ),
    "sql": Kind(
        "UnexpectedRowsExpectation",
        _rows_query(lambda rule, _: rule.arguments["rows"]),
        lambda rule, _: rule.arguments["rows"],
    ),
    "freshness": Kind("UnexpectedRowsExpectation", _rows_query(_stale), _stale),
}


def expectation(rule: Rule, relation: Relation) -> Any:
    """The expectation that holds a rule.

    :param rule: a rule of a contract.
    :param relation: how the engine names tables.
    """
    import great_expectations.expectations as expectations

    kind = KINDS[rule.kind]
    return getattr(expectations, kind.expectation)(
        **kind.arguments(rule, relation),
        severity=rule.severity,
        notes=[rule.name],
        meta={"rule": rule.name, "severity": rule.severity},
    )


def offenders_query(contract: Contract, rule: Rule, relation: Relation, table: str) -> str | None:
    """The query whose rows break a rule, in the columns that tell which they are.

    :param contract: the contract that the rule is of.
    :param rule: the rule.
    :param relation: how the engine names tables.
    :param table: what the contract's own table is read from.
    :returns: the query, or none where the rule is of the table as a whole.
    """
    kind = KINDS[rule.kind]
    if kind.offenders is None:
        return None
    rows = kind.offenders(rule, relation)
    # A query over groups has the columns of its groups.
    key = ", ".join(contract.key or PLACE_OF_A_RECORD)
    columns = key if rows.startswith(f"from {OBJECT} ") else "*"
    return f"select {columns} {rows}".replace(OBJECT, table)
