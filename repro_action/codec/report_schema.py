# SPDX-License-Identifier: Apache-2.0
"""The shape of the report's JSON, derived from the types of `model`: one source for codec and schema.

Bounds hold for every report, so that a report written by strangers can be validated with
the published schema before anything of it is shown.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from enum import StrEnum

from repro_action.codec.canonical import Json
from repro_action.report.model import Report
from repro_action.tree import Scalar

VERSION = 1

TEXT = 4_000
"""Characters of any text."""

LARGEST = 2**64
"""Any whole number of the report itself; values of metrics are not bounded by it."""

_LISTS = {
    "artifacts": 200,
    "causes": 50,
    "circumstances": 200,
    "environment": 1_000,
    "excluded": 500,
    "findings": 100,
    "hints": 100,
    "leaves": 100,
    "materials": 500,
    "metrics": 500,
    "observations": 500,
    "reproduce": 100,
    "shape": 64,
    "steps": 1_000,
    "strip": 16,
    "trends": 4,
    "values": 50,
    "warnings": 100,
}


OPTIONAL = frozenset(
    {
        "environment_digest",
        "extent",
        "log",
        "observations",
        "presence",
        "trends",
        "Finding.confidence",
        "Finding.kind",
        "Finding.step",
        "Observation.step",
        "Report.findings",
    }
)
"""Fields that a report of this version may lack, and lacks where they are empty; some of one type only."""

_KEYS = {"remedy": "cure"}
"""Fields whose key in published documents of this version has another name."""

_members: dict[type, Mapping[str, object]] = {}


def items(name: str) -> int:
    """Return how many entries the list in the field `name` may have."""
    return _LISTS[name]


def may_lack(kind: type, field: str) -> bool:
    """Whether a field of a type may be left out of a document."""
    return field in OPTIONAL or f"{kind.__name__}.{field}" in OPTIONAL


def key(field: str) -> str:
    """Return the key under which a field of `model` is published."""
    return _KEYS.get(field, field)


def members(kind: type) -> Mapping[str, object]:
    """Return the fields of a dataclass of `model` with their types, in order."""
    if kind not in _members:
        hints = typing.get_type_hints(kind)
        _members[kind] = {field.name: hints[field.name] for field in dataclasses.fields(kind)}
    return _members[kind]


def optional(kind: object) -> object | None:
    """Return `T` for `T | None`, and None for every other type."""
    arguments = typing.get_args(kind)
    if isinstance(kind, types.UnionType) and len(arguments) == 2 and arguments[1] is type(None):
        inner: object = arguments[0]
        return inner
    return None


def element(kind: object) -> object | None:
    """Return `T` for `tuple[T, ...]`, and None for every other type."""
    arguments = typing.get_args(kind)
    return arguments[0] if typing.get_origin(kind) is tuple else None


def schema() -> dict[str, Json]:
    """Return the JSON Schema (draft 2020-12) of a report."""
    definitions: dict[str, Json] = {
        "text": {"type": "string", "maxLength": TEXT},
        "number": {
            "anyOf": [
                {"type": "number"},
                {
                    "type": "object",
                    "properties": {"float": {"enum": ["nan", "inf", "-inf"]}},
                    "required": ["float"],
                    "additionalProperties": False,
                },
            ]
        },
        "scalar": {
            "anyOf": [{"$ref": "#/$defs/text"}, {"$ref": "#/$defs/number"}, {"type": ["boolean", "null"]}]
        },
    }
    _describe(Report, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:repro-action:report:v1",
        "title": "What one run of repro has to tell",
        "$ref": "#/$defs/Report",
        "$defs": definitions,
    }


def _describe(kind: type, definitions: dict[str, Json]) -> Json:
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = None
        version: dict[str, Json] = {"version": {"const": VERSION}} if kind is Report else {}
        properties: dict[str, Json] = {
            **version,
            **{key(name): _type(held, name, definitions) for name, held in members(kind).items()},
        }
        definitions[kind.__name__] = {
            "type": "object",
            "properties": properties,
            "required": sorted(name for name in properties if not may_lack(kind, name)),
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _type(kind: object, name: str, definitions: dict[str, Json]) -> Json:
    if kind == Scalar:
        return {"$ref": "#/$defs/scalar"}
    inner = optional(kind)
    if inner is not None:
        return {"anyOf": [_type(inner, name, definitions), {"type": "null"}]}
    entry = element(kind)
    if entry is not None:
        return {"type": "array", "maxItems": items(name), "items": _type(entry, name, definitions)}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _describe(kind, definitions)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"enum": [member.value for member in kind]}
    return _PLAIN[kind]


_PLAIN: dict[object, Json] = {
    str: {"$ref": "#/$defs/text"},
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": 0, "maximum": LARGEST},
    float: {"$ref": "#/$defs/number"},
}
