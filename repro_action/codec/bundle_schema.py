# SPDX-License-Identifier: Apache-2.0
"""The shape of a bundle's JSON: the report's own schema, and the baseline's with bounds."""

from __future__ import annotations

from collections.abc import Mapping

from repro_action import schemas
from repro_action.codec import report_schema as shape
from repro_action.codec.canonical import Json
from repro_action.report.bundle import ENTRIES, PATH

VERSION = 1

KEYS = {"config", "baseline", "trained", "report", "candidate"}
"""Fields of an entry."""

CANDIDATE_TABLE = 20_000
"""Members of any table of a candidate."""

CANDIDATE_LIST = 1_000
"""Entries of any list of a candidate."""


def schema() -> dict[str, Json]:
    """Return the JSON Schema (draft 2020-12) of a bundle."""
    report, baseline = shape.schema(), schemas.load("baseline.v1")
    definitions: dict[str, Json] = {
        **_definitions(report["$defs"]),
        **{f"baseline.{name}": _bounded(held) for name, held in _definitions(baseline["$defs"]).items()},
    }
    definitions["baseline"] = _bounded(
        {key: baseline[key] for key in ("type", "required", "properties", "additionalProperties")}
    )
    definitions["path"] = {"type": "string", "minLength": 1, "maxLength": PATH}
    path = {"$ref": "#/$defs/path"}
    definitions["Entry"] = _object(
        {
            "config": path,
            "baseline": path,
            "trained": {"type": "boolean"},
            "report": {"$ref": "#/$defs/Report"},
            "candidate": {"anyOf": [{"$ref": "#/$defs/baseline"}, {"type": "null"}]},
        }
    )
    entries: Json = {"type": "array", "minItems": 1, "maxItems": ENTRIES, "items": {"$ref": "#/$defs/Entry"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:repro-action:bundle:v1",
        "title": "What the runs of one job have to tell",
        **_object(
            {
                "version": {"const": VERSION},
                "tool": {"$ref": "#/$defs/text"},
                "accepts": {"type": "boolean"},
                "entries": entries,
            }
        ),
        "$defs": definitions,
    }


def _object(properties: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _definitions(held: object) -> dict[str, Json]:
    return dict(held) if isinstance(held, Mapping) else {}


def _bounded(node: object) -> Json:
    """Return a part of the baseline's schema with a bound on each text, list and table."""
    if isinstance(node, list):
        return [_bounded(child) for child in node]
    if not isinstance(node, Mapping):
        return node if isinstance(node, str | int | float | bool) else None
    held: dict[str, Json] = {key: _bounded(child) for key, child in node.items() if key != "description"}
    reference = held.get("$ref")
    if isinstance(reference, str):
        return {"$ref": reference.replace("#/$defs/", "#/$defs/baseline.")}
    kinds = node.get("type", ())
    if "string" in kinds:
        held["maxLength"] = shape.TEXT
    if kinds == "array":
        held["maxItems"] = CANDIDATE_LIST
    if kinds == "object" and "additionalProperties" in node and "properties" not in node:
        held["maxProperties"] = CANDIDATE_TABLE
        held.setdefault("propertyNames", {"maxLength": shape.TEXT})
    return held
