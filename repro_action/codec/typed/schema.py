# SPDX-License-Identifier: Apache-2.0
"""JSON Schemas (draft 2020-12) of documents, from the types that read and write them."""

from __future__ import annotations

import json
from typing import Any

from repro_action.codec.typed.layout import DocumentLayout
from repro_action.codec.typed.wire import AnyScalar, Count, DigestText, Number, wire_type


def schema(kind: type, layout: DocumentLayout, *, identifier: str, title: str) -> dict[str, object]:
    """Return the schema of the documents of a type.

    Args:
        kind: the type.
        layout: names and bounds of its documents.
        identifier: `$id` of the schema.
        title: for people.
    """
    import msgspec

    (reference,), definitions = msgspec.json.schema_components(
        (wire_type(kind, layout.of(kind)),), schema_hook=_reference, ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": identifier,
        "title": title,
        **reference,
        "$defs": {**definitions, **_used(_hooked(layout), definitions)},
    }


def text(made: dict[str, object]) -> str:
    """Return a schema as it is published."""
    return json.dumps(made, indent=1, sort_keys=True) + "\n"


_NAMES: dict[type, str] = {AnyScalar: "scalar", Number: "number", Count: "count", DigestText: "digest"}


def _reference(kind: type) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{_NAMES[kind]}"}


def _used(own: dict[str, object], definitions: dict[str, Any]) -> dict[str, object]:
    """Return those of our own definitions that are referred to."""
    used: dict[str, object] = {}
    pending = json.dumps(definitions)
    for name, definition in own.items():
        if f'"#/$defs/{name}"' in pending:
            used[name] = definition
            pending += json.dumps(definition)
    return used


def _hooked(layout: DocumentLayout) -> dict[str, object]:
    """Return what `repro_action.codec.typed.hooks` accepts; those that others refer to come last."""
    longest = layout.longest("")
    bounded = {"maxLength": longest} if longest is not None else {}
    largest = {"maximum": layout.largest} if layout.largest is not None else {}
    special = {
        "type": "object",
        "properties": {"float": {"enum": ["nan", "inf", "-inf"]}},
        "required": ["float"],
        "additionalProperties": False,
    }
    return {
        "scalar": {
            "description": "A value; a float that JSON cannot hold is an object.",
            "anyOf": [
                {"type": "string", **bounded},
                {"$ref": "#/$defs/number"},
                {"type": "boolean"},
            ],
        },
        "number": {"anyOf": [{"type": "number"}, special]},
        "count": {"type": "integer", "minimum": 0, **largest},
        "digest": {"type": "string", "pattern": "^[a-z0-9-]{1,32}:[0-9a-f]{8,128}$", "maxLength": 161},
    }
