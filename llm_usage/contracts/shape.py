"""What dbt says of a table and its contract says too, written once.

Which columns there are, their types and what they mean is dbt's to say (``models/**/*.yml`` and the
docs blocks). The command ``llm-usage contracts --write`` puts it into the contracts; without
``--write`` it fails where they differ. All else in a contract is its own.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from llm_usage import PROJECT_ROOT
from llm_usage.contracts.odcs import (
    CONTRACTS_FOLDER,
    INPUT_CONTRACT,
    LOADER,
    LOGICAL_TYPES,
    SUFFIX,
    read_contract,
)
from llm_usage.errors import UsageError

_DOCS_BLOCK = re.compile(r"{%-?\s*docs\s+(\w+)\s*-?%}(.*?){%-?\s*enddocs\s*-?%}", re.DOTALL)
_DOCS_CALL = re.compile(r"""{{\s*doc\(\s*["'](\w+)["']\s*\)\s*}}""")
_INPUT_SOURCE = "models/staging/table/_table__sources.yml"
_LINE_CHARACTERS = 100


def dbt_shapes(project_root: Path = PROJECT_ROOT) -> dict[str, dict[str, Any]]:
    """What dbt says of every mart, and of the log that is handed in.

    :param project_root: the dbt project.
    :returns: by name of the contract: `description`, and `columns`, by name with `description`,
        and `data_type` (marts) or `required` (the log).
    """
    docs: dict[str, str] = {}
    for path in sorted((project_root / "models").rglob("*.md")):
        for name, text in _DOCS_BLOCK.findall(path.read_text(encoding="utf-8")):
            docs[name] = text

    def meaning(node: Mapping[str, Any]) -> str:
        text = _DOCS_CALL.sub(lambda call: docs[call.group(1)].strip(), node["description"])
        return " ".join(text.split())

    shapes = {}
    for path in sorted((project_root / "models" / "marts").rglob("_*__models.yml")):
        for model in _yaml(path).get("models", []):
            shapes[model["name"]] = {
                "description": meaning(model),
                "columns": {
                    column["name"]: {
                        "description": meaning(column),
                        "data_type": column["data_type"],
                    }
                    for column in model["columns"]
                },
            }
    (source,) = _yaml(project_root / _INPUT_SOURCE)["sources"]
    (table,) = source["tables"]
    shapes[INPUT_CONTRACT] = {
        "description": meaning(table) + " " + meaning(source),
        "columns": {
            column["name"]: {
                "description": meaning(column),
                "required": column.get("config", {}).get("meta", {}).get("required", False),
            }
            for column in table["columns"]
        },
    }
    return shapes


def with_shape(document: dict[str, Any], shape: Mapping[str, Any]) -> dict[str, Any]:
    """A contract's document with the shape that dbt gives.

    :param document: the contract as it stands; it is not changed.
    :param shape: an entry of :func:`dbt_shapes`.
    :returns: the document with every column of the shape, in its order. A new column promises
        nothing but its type and meaning.
    """
    (table,) = document["schema"]
    grain, _, _ = shape["description"].partition(". ")
    present = {column["name"]: column for column in table["properties"]}
    properties = []
    for name, told in shape["columns"].items():
        column = dict(present.get(name, {"name": name, "required": False}))
        kind = told.get("data_type")
        if kind is not None and kind not in LOGICAL_TYPES:
            raise UsageError(f"{table['name']}.{name}: contracts know no type {kind}")
        head = {"name": name}
        if kind is not None:
            head |= {"logicalType": LOGICAL_TYPES[kind], "physicalType": kind}
        else:
            # A log may write a number as text; what it is read as is the contract's to say.
            head["logicalType"] = column.get("logicalType", "string")
            column["required"] = told["required"]
        head["description"] = told["description"]
        properties.append(head | {key: column[key] for key in column if key not in head})
    changed = dict(table) | {
        "description": shape["description"],
        "dataGranularityDescription": f"{grain.rstrip('.')}.",
        "properties": properties,
    }
    return document | {"schema": [changed]}


def as_text(document: Mapping[str, Any]) -> str:
    """A contract as its file holds it: one way to write it, so that files can be compared."""
    return yaml.dump(
        dict(document),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=_LINE_CHARACTERS - 4,
    )


def compare_with_dbt(
    folder: Path = CONTRACTS_FOLDER, write: bool = False, project_root: Path = PROJECT_ROOT
) -> list[str]:
    """Compare every contract's shape and meanings with dbt's.

    :param folder: where the contracts stand.
    :param write: whether files that differ are written anew.
    :param project_root: the dbt project.
    :returns: a line for each difference; with ``write`` for each file that was written.
    """
    shapes = dbt_shapes(project_root)
    lines = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        contract = read_contract(path)
        if contract.is_retired:
            continue
        shape = shapes.pop(contract.name, None)
        if shape is None:
            lines.append(f"{path.name}: dbt has no mart of that name")
            continue
        text = as_text(with_shape(dict(contract.document), shape))
        if text == path.read_text(encoding="utf-8"):
            continue
        if write:
            path.write_text(text, encoding="utf-8")
            lines.append(f"{path.name}: written")
        else:
            lines.append(
                f"{path.name}: differs from what dbt says of it{_columns_that_differ(path, text)}; "
                "run `llm-usage contracts --write`"
            )
    lines += [f"{name}: the mart has no contract ({name}{SUFFIX})" for name in sorted(shapes)]
    return lines


def _columns_that_differ(path: Path, text: str) -> str:
    here, there = (
        {column["name"]: column for column in yaml.safe_load(given)["schema"][0]["properties"]}
        for given in (path.read_text(encoding="utf-8"), text)
    )
    names = [name for name in here.keys() | there.keys() if here.get(name) != there.get(name)]
    return f" ({', '.join(sorted(names)[:5])})" if names else ""


def _yaml(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(encoding="utf-8"), LOADER)


class _Dumper(yaml.SafeDumper):
    """Lists stand under their key, indented; queries of several lines as they were written."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        """Indent lists."""
        del indentless
        return super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _list(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.SequenceNode:
    plain = all(isinstance(value, str | int | float) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=plain)


def _mapping(dumper: yaml.SafeDumper, value: dict[str, Any]) -> yaml.MappingNode:
    # What a column's few words say stands on one line.
    short = value.keys() <= {"property", "value", "minimum", "maximum"} or (
        value.keys() <= {"validValues", "missingValues", "properties"}
        and bool(value)
        and "name" not in value
        and all(isinstance(given, list) for given in value.values())
        and all(isinstance(item, str) for given in value.values() for item in given)
    )
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=short)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(dict, _mapping)
