# SPDX-License-Identifier: Apache-2.0
"""Table schemas in the form of Frictionless, read as rules of columns.

The form: Frictionless, "Table Schema", https://specs.frictionlessdata.io/table-schema/. Read are `fields`
with `name`, `type` and the constraints `required`, `unique`, `minimum`, `maximum` and `enum`, and
`primaryKey`. What else a schema asks for is refused by name: a rule that is passed over would be a promise
that nobody keeps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from repro_action.config.column_rules import ColumnRule, ColumnType
from repro_action.errors import ConfigError
from repro_action.profiles.cells import MISSING
from repro_action.text import visible

MOST_FIELDS = 10_000
MOST_ENUM = 1_000
_TYPES: Mapping[str, ColumnType | Literal[""]] = {
    "any": "",
    "string": "text",
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
    "date": "date",
    "datetime": "date",
}
_SILENT = frozenset({"title", "description", "example", "rdfType", "$schema", "name", "format"})
"""Keys that ask nothing of a cell."""


def read_schema(content: bytes, where: str) -> dict[str, ColumnRule]:
    """Return the rules that a schema has, by column.

    Args:
        content: of the file.
        where: its path, for errors.

    Raises:
        ConfigError: it is no table schema, or asks for what cannot be checked.
    """
    try:
        document: object = json.loads(content, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise _flaw(f"it is not JSON: {error}", where) from error
    if not isinstance(document, dict) or not isinstance(document.get("fields"), list):
        raise _flaw("it has no list `fields`", where)
    _only(document, {"fields", "primaryKey", "missingValues", *_SILENT}, where)
    missing = document.get("missingValues", [""])
    if not isinstance(missing, list) or not set(map(str, missing)) <= MISSING:
        raise _flaw("repro counts as missing what pandas does, and no other `missingValues`", where)
    if len(document["fields"]) > MOST_FIELDS:
        raise _flaw(f"it has more than {MOST_FIELDS:,} fields", where)
    rules: dict[str, ColumnRule] = {}
    for number, field in enumerate(document["fields"], start=1):
        if not isinstance(field, dict) or not isinstance(field.get("name"), str):
            raise _flaw(f"field {number} has no name", where)
        name = field["name"]
        if name in rules:
            raise _flaw(f"it has two fields {visible(name)[:80]}", where)
        rules[name] = _field(field, f"field {visible(name)[:80]}", where)
    for name in _key(document.get("primaryKey", []), where):
        if name not in rules:
            raise _flaw(f"its primaryKey {visible(name)[:80]} is no field", where)
        rules[name] = replace(rules[name], unique=True, missing_max=0.0)
    return rules


def _key(value: object, where: str) -> list[str]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _flaw("its primaryKey is no name", where)
    if len(names) > 1:
        raise _flaw("a primaryKey of several fields cannot be checked", where)
    return [str(name) for name in names]


def _field(field: Mapping[str, object], what: str, where: str) -> ColumnRule:
    _only(field, {"type", "constraints", *_SILENT}, where, what)
    if field.get("format", "default") not in {"default", "any"}:
        raise _flaw(f"{what}: `format` cannot be checked", where)
    kind = field.get("type", "any")
    if not isinstance(kind, str) or kind not in _TYPES:
        known = ", ".join(_TYPES)
        raise _flaw(f"{what}: its type is none of {known}", where)
    given = field.get("constraints", {})
    if not isinstance(given, dict):
        raise _flaw(f"{what}: its constraints are no table", where)
    _only(given, {"required", "unique", "minimum", "maximum", "enum"}, where, what)
    flags = {name: given.get(name, False) for name in ("required", "unique")}
    if not all(isinstance(flag, bool) for flag in flags.values()):
        raise _flaw(f"{what}: `required` and `unique` are true or false", where)
    return ColumnRule(
        type=_TYPES[kind],
        minimum=_bound(given.get("minimum"), what, where),
        maximum=_bound(given.get("maximum"), what, where),
        unique=bool(flags["unique"]),
        missing_max=0.0 if flags["required"] else None,
        allowed=_allowed(given.get("enum"), what, where),
    )


def _bound(value: object, what: str, where: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e308:
        raise _flaw(f"{what}: `minimum` and `maximum` are numbers", where)
    return float(value)


def _allowed(value: object, what: str, where: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MOST_ENUM:
        raise _flaw(f"{what}: `enum` is a list of at most {MOST_ENUM:,} values", where)
    if not all(isinstance(one, str | bool | int | float) for one in value):
        raise _flaw(f"{what}: a value of `enum` is no text, number or truth value", where)
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in value)


def _only(table: Mapping[str, object], known: set[str], where: str, what: str = "") -> None:
    other = next((name for name in table if name not in known), None)
    if other is not None:
        raise _flaw(f"{f'{what}: ' if what else ''}`{visible(other)[:80]}` cannot be checked", where)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a key stands there twice")
    return dict(pairs)


def _flaw(what: str, where: str) -> ConfigError:
    return ConfigError(
        f"the table schema cannot be used: {what}",
        where=where,
        remedy="docs/data.md lists what a schema can ask for; `repro pin --schema` writes one.",
    )
