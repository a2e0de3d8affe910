"""Contracts as they stand in ``contracts/``: read, and every rule of theirs listed.

What a file may say is a part of the Open Data Contract Standard 3.1. Whatever is not known here is
an error: a rule that nobody holds would be a promise that nobody keeps.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from llm_usage import PROJECT_ROOT
from llm_usage.errors import UsageError

CONTRACTS_FOLDER = PROJECT_ROOT / "contracts"
SUFFIX = ".odcs.yaml"
INPUT_CONTRACT = "request_log"
"""The one contract of what goes in; all others are of what comes out."""

SEVERITIES = ("critical", "warning")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same as ``yaml.safe_load``; where PyYAML has its C library, ten times as fast."""

OBJECT = "${object}"
"""How a query of a contract names its table."""

LOGICAL_TYPES = {
    "string": "string",
    "bigint": "integer",
    "double": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
"""Logical type by physical type: the types that marts are built of."""

IMPLIED_SEVERITY = "impliedSeverity"
"""Custom property of a table: the severity of rules that its columns' flags imply."""

_COUNT_OF_ROWS = re.compile(r"select\s+count\(\*\)\s+from\s+(?P<rows>.+)", re.DOTALL)
_COMPARISONS = {
    "mustBe": lambda value: (value, value),
    "mustBeGreaterOrEqualTo": lambda value: (value, None),
    "mustBeLessOrEqualTo": lambda value: (None, value),
    "mustBeBetween": lambda value: tuple(value),
}
_RULE_KEYS = {"name", "description", "severity", "dimension", "unit"}
_BOUNDS = {"minimum", "maximum"}
_FRESHNESS_SEVERITY = {"operational": "critical", "analytics": "warning"}
_VERSION = re.compile(r"\d+\.\d+\.\d+")


@dataclass(frozen=True)
class Rule:
    """One promise about the rows of a table.

    :param kind: a key of :data:`llm_usage.contracts.rules.KINDS`.
    :param name: unique within the contract, and the same from version to version.
    :param severity: `critical` or `warning`.
    :param arguments: what the kind needs; plain values.
    """

    kind: str
    name: str
    severity: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A column of a contract."""

    name: str
    logical_type: str
    physical_type: str | None
    description: str
    required: bool
    key_position: int | None
    unit: str | None


@dataclass(frozen=True)
class Contract:
    """One table's contract. ``document`` is the file as it stands."""

    path: Path
    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The table, and the file without its suffix."""
        return self.path.name.removesuffix(SUFFIX)

    @property
    def version(self) -> tuple[int, int, int]:
        """Major, minor, patch."""
        major, minor, patch = map(int, str(self.document["version"]).split("."))
        return major, minor, patch

    @property
    def is_retired(self) -> bool:
        """Whether the table is gone, and the contract stays to say so."""
        return self.document["status"] == "retired"

    @property
    def is_input(self) -> bool:
        """Whether it is of what goes in."""
        return self.name == INPUT_CONTRACT

    @property
    def table(self) -> Mapping[str, Any]:
        """The one element of ``schema``."""
        return self.document["schema"][0]

    @property
    def is_view(self) -> bool:
        """Whether readers compute the table anew each time that they read it."""
        return self.table["physicalType"] == "view"

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in order."""
        return tuple(map(_column, self.table["properties"]))

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key, in its order."""
        parts = [column for column in self.columns if column.key_position is not None]
        return tuple(
            column.name for column in sorted(parts, key=lambda part: part.key_position or 0)
        )

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every promise about rows.

        :raises UsageError: a rule of an unknown kind, or one that is not written as it must be.
        """
        rules = [
            Rule(
                "columns",
                "columns",
                "critical",
                {"columns": [column.name for column in self.columns], "exact": not self.is_input},
            ),
            *([self._unique("key", self.key, self._implied_severity)] if self.key else []),
        ]
        for asked, column in zip(self.table["properties"], self.columns, strict=True):
            rules += self._column_rules(asked, column)
        for asked in self.table.get("quality", []):
            rules.append(self._table_rule(asked))
        for asked in self.document.get("slaProperties", []):
            rules.append(self._freshness(asked))
        names = [rule.name for rule in rules]
        for name in names:
            if names.count(name) > 1:
                raise UsageError(f"{self.path.name}: rule `{name}` stands twice; names are unique")
        return tuple(rules)

    @property
    def references(self) -> set[str]:
        """Other tables that rules read."""
        return {
            rule.arguments["reference_table"] for rule in self.rules if rule.kind == "freshness"
        }

    @property
    def _implied_severity(self) -> str:
        for custom in self.table.get("customProperties", []):
            if custom["property"] == IMPLIED_SEVERITY:
                return self._known_severity(custom["value"], IMPLIED_SEVERITY)
        return "critical"

    def _known_severity(self, severity: Any, where: str) -> str:
        if severity not in SEVERITIES:
            raise UsageError(
                f"{self.path.name}, {where}: severity {severity!r} is none of "
                + ", ".join(SEVERITIES)
            )
        return str(severity)

    def _unique(self, name: str, columns: Sequence[str], severity: str) -> Rule:
        return Rule("unique", name, severity, {"columns": list(columns)})

    def _column_rules(self, asked: Mapping[str, Any], column: Column) -> list[Rule]:
        rules = []
        if column.required:
            rules.append(
                Rule(
                    "not_null",
                    f"{column.name} is known",
                    self._implied_severity,
                    {"column": column.name, "most_percent": 0},
                )
            )
        options = asked.get("logicalTypeOptions", {})
        if unknown := options.keys() - _BOUNDS:
            raise self._unknown(f"column {column.name}, logicalTypeOptions", unknown)
        if options:
            rules.append(
                Rule(
                    "range",
                    f"{column.name} is in range",
                    self._implied_severity,
                    {
                        "column": column.name,
                        "minimum": options.get("minimum"),
                        "maximum": options.get("maximum"),
                        "type": column.logical_type,
                    },
                )
            )
        if asked.get("unique"):
            rules.append(
                self._unique(f"{column.name} is unique", [column.name], self._implied_severity)
            )
        for quality in asked.get("quality", []):
            rules.append(self._column_rule(quality, column))
        return rules

    def _column_rule(self, asked: Mapping[str, Any], column: Column) -> Rule:
        metric, arguments = self._library(asked, {"nullValues", "invalidValues", "missingValues"})
        severity = self._severity_of(asked)
        if metric == "nullValues":
            bounds = self._bounds(asked)
            if asked.get("unit") != "percent" or bounds[0] is not None:
                raise self._unknown(asked["name"], {"nullValues in rows; say at most what percent"})
            return Rule(
                "not_null",
                asked["name"],
                severity,
                {"column": column.name, "most_percent": bounds[1]},
            )
        self._must_be_0(asked)
        wanted = "validValues" if metric == "invalidValues" else "missingValues"
        if arguments.keys() != {wanted}:
            raise self._unknown(asked["name"], arguments.keys() or {"no arguments"})
        kind = "in_set" if metric == "invalidValues" else "not_in_set"
        values = list(arguments[wanted])
        return Rule(kind, asked["name"], severity, {"column": column.name, "values": values})

    def _table_rule(self, asked: Mapping[str, Any]) -> Rule:
        severity = self._severity_of(asked)
        if asked.get("type") == "sql":
            self._must_be_0(asked)
            if unknown := asked.keys() - _RULE_KEYS - {"type", "query", "mustBe"}:
                raise self._unknown(asked["name"], unknown)
            counted = _COUNT_OF_ROWS.fullmatch(asked["query"].strip())
            if counted is None or OBJECT not in asked["query"]:
                raise UsageError(
                    f"{self.path.name}, rule {asked['name']}: the query must count the offending "
                    f"rows of its table: select count(*) from {OBJECT} …"
                )
            return Rule("sql", asked["name"], severity, {"rows": f"from {counted['rows']}"})
        metric, arguments = self._library(asked, {"rowCount", "duplicateValues"})
        if metric == "rowCount":
            least, most = self._bounds(asked)
            return Rule("row_count", asked["name"], severity, {"least": least, "most": most})
        self._must_be_0(asked)
        if arguments.keys() != {"properties"}:
            raise self._unknown(asked["name"], arguments.keys() or {"no arguments"})
        return self._unique(asked["name"], arguments["properties"], severity)

    def _freshness(self, asked: Mapping[str, Any]) -> Rule:
        known = {"property", "value", "unit", "element", "driver", "description"}
        if asked["property"] != "freshness" or asked.get("unit") != "d" or asked.keys() - known:
            raise self._unknown("slaProperties", {asked["property"], *(asked.keys() - known)})
        elements = [element.strip().split(".") for element in asked["element"].split(",")]
        if len(elements) != 2 or elements[0][0] != self.name or any(len(e) != 2 for e in elements):
            raise UsageError(
                f"{self.path.name}, freshness: the element must be a column of the table and the "
                f"one that it must keep up with: {self.name}.<column>, <table>.<column>"
            )
        if asked.get("driver") not in _FRESHNESS_SEVERITY:
            raise self._unknown("freshness, driver", {asked.get("driver")})
        return Rule(
            "freshness",
            f"{elements[0][1]} is fresh",
            _FRESHNESS_SEVERITY[asked["driver"]],
            {
                "column": elements[0][1],
                "most_days": asked["value"],
                "reference_table": elements[1][0],
                "reference_column": elements[1][1],
            },
        )

    def _library(
        self, asked: Mapping[str, Any], metrics: set[str]
    ) -> tuple[str, Mapping[str, Any]]:
        metric = asked.get("metric")
        if asked.get("type", "library") != "library" or metric not in metrics:
            raise self._unknown(asked.get("name", "quality"), {asked.get("type"), metric} - {None})
        if (
            unknown := asked.keys()
            - _RULE_KEYS
            - _COMPARISONS.keys()
            - {
                "type",
                "metric",
                "arguments",
            }
        ):
            raise self._unknown(asked["name"], unknown)
        return str(metric), asked.get("arguments", {})

    def _bounds(self, asked: Mapping[str, Any]) -> tuple[Any, Any]:
        (comparison,) = asked.keys() & _COMPARISONS.keys()
        return _COMPARISONS[comparison](asked[comparison])

    def _must_be_0(self, asked: Mapping[str, Any]) -> None:
        if asked.get("mustBe") != 0:
            raise UsageError(f"{self.path.name}, rule {asked['name']}: needs `mustBe: 0`")

    def _severity_of(self, asked: Mapping[str, Any]) -> str:
        if not asked.get("name"):
            raise UsageError(f"{self.path.name}: a rule needs a name: {dict(asked)}")
        return self._known_severity(asked.get("severity"), f"rule {asked['name']}")

    def _unknown(self, where: str, what: Any) -> UsageError:
        names = ", ".join(sorted(map(str, what)))
        return UsageError(f"{self.path.name}, {where}: unknown kind of rule: {names}")


def read_contracts(folder: Path = CONTRACTS_FOLDER) -> list[Contract]:
    """Read every contract, its rules included.

    :param folder: where the files ``<name>.odcs.yaml`` stand.
    :returns: contracts in order of name.
    :raises UsageError: there is none, or one is not what this project can hold; one line.
    """
    contracts = [read_contract(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    if not contracts:
        raise UsageError(f"{folder}: holds no contract (<name>{SUFFIX})")
    return contracts


def read_contract(path: Path) -> Contract:
    """Read one contract.

    :raises UsageError: it is not what this project can hold; one line.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), LOADER)
    except (OSError, ValueError, yaml.YAMLError) as error:
        told = " ".join(str(error).split())
        raise UsageError(f"{path.name}: not readable as YAML: {told}") from None
    contract = Contract(path, document)
    try:
        _check_head(contract)
        contract.rules  # noqa: B018 (every rule is of a known kind, or an error)
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{path.name}: lacks or misplaces {error}") from None
    return contract


def _check_head(contract: Contract) -> None:
    document, name = contract.document, contract.name
    if document["kind"] != "DataContract" or document["apiVersion"] != "v3.1.0":
        raise UsageError(f"{contract.path.name}: needs kind DataContract, apiVersion v3.1.0")
    if not _VERSION.fullmatch(str(document["version"])):
        raise UsageError(f"{contract.path.name}: `version:` must be major.minor.patch")
    if len(document["schema"]) != 1 or contract.table["name"] != name:
        raise UsageError(f"{contract.path.name}: `schema:` must hold the table {name} alone")
    # A log's records have none of their own: an id may be missing, and may be repeated.
    if not contract.key and not contract.is_input:
        raise UsageError(f"{contract.path.name}: needs a primary key")


def _column(asked: Mapping[str, Any]) -> Column:
    units = [
        custom["value"]
        for custom in asked.get("customProperties", [])
        if custom["property"] == "unit"
    ]
    return Column(
        name=asked["name"],
        logical_type=asked["logicalType"],
        physical_type=asked.get("physicalType"),
        description=asked["description"],
        required=asked["required"],
        key_position=asked["primaryKeyPosition"] if asked.get("primaryKey") else None,
        unit=units[0] if units else None,
    )
