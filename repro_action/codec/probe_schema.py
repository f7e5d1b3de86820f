# SPDX-License-Identifier: Apache-2.0
"""The shape of a probe's JSON, derived from the types of `probe_model`; what reports share is theirs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from enum import StrEnum

from repro_action.codec import report_schema as shape
from repro_action.codec.canonical import Json
from repro_action.report.probe_model import ProbeReport

VERSION = 1

TEXTS = tuple[str, str, str]
"""A differing mark: its path, its text before and after."""

_LISTS = {
    "differing": 200,
    "findings": 100,
    "held": 64,
    "marks": 1_000,
    "places": 100,
    "variations": 64,
}


def items(name: str) -> int:
    """Return how many entries the list in the field `name` may have."""
    return _LISTS[name] if name in _LISTS else shape.items(name)


def schema() -> dict[str, Json]:
    """Return the JSON Schema (draft 2020-12) of a probe's report."""
    shared = shape.schema()["$defs"]
    held = dict(shared) if isinstance(shared, Mapping) else {}
    definitions: dict[str, Json] = {name: held[name] for name in ("text", "number", "scalar")}
    _describe(ProbeReport, held, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:repro-action:probe:v1",
        "title": "What one probe of repro has to tell",
        "$ref": "#/$defs/ProbeReport",
        "$defs": definitions,
    }


def _describe(kind: type, shared: Mapping[str, Json], definitions: dict[str, Json]) -> Json:
    name = kind.__name__
    if name in shared:
        _take(name, shared, definitions)
    elif name not in definitions:
        definitions[name] = None
        own: dict[str, Json] = (
            {"version": {"const": VERSION}, "robust": {"type": "boolean"}} if kind is ProbeReport else {}
        )
        for field, held in shape.members(kind).items():
            own[shape.key(field)] = _type(held, field, shared, definitions)
        definitions[name] = {
            "type": "object",
            "properties": own,
            "required": sorted(own),
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{name}"}


def _take(name: str, shared: Mapping[str, Json], definitions: dict[str, Json]) -> None:
    """Take over a definition of the report's schema, and what it refers to."""
    if name not in definitions:
        definitions[name] = shared[name]
        for wanted in _references(shared[name]):
            _take(wanted, shared, definitions)


def _references(node: Json) -> Iterator[str]:
    if isinstance(node, Mapping):
        target = node.get("$ref")
        if isinstance(target, str):
            yield target.removeprefix("#/$defs/")
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list | tuple):
        for child in node:
            yield from _references(child)


def _type(kind: object, name: str, shared: Mapping[str, Json], definitions: dict[str, Json]) -> Json:
    inner = shape.optional(kind)
    if inner is not None:
        return {"anyOf": [_type(inner, name, shared, definitions), {"type": "null"}]}
    if kind == TEXTS:
        return {"type": "array", "minItems": 3, "maxItems": 3, "items": {"$ref": "#/$defs/text"}}
    entry = shape.element(kind)
    if entry is not None:
        held = _type(entry, name, shared, definitions)
        return {"type": "array", "maxItems": items(name), "items": held}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _describe(kind, shared, definitions)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"enum": [member.value for member in kind]}
    return _PLAIN[kind]


_PLAIN: dict[object, Json] = {
    str: {"$ref": "#/$defs/text"},
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": 0, "maximum": shape.LARGEST},
    float: {"$ref": "#/$defs/number"},
}
