# SPDX-License-Identifier: Apache-2.0
"""What pandas notes beside the columns of a Parquet or Feather file, where it loads another frame by it.

Source: "Storing pandas DataFrame objects in Apache Parquet format" of pandas' developer documentation.
"""

from __future__ import annotations

from collections.abc import Mapping

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.json.parsing import json_value
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Node

_LARGEST = 4 << 20
_RANGE = {"kind": "range", "name": None, "start": 0, "step": 1}
"""The index that a frame has by itself; where it stops, the columns say."""

_PLAIN = frozenset({"unicode", "string", "mixed", "empty"})
"""Types of the names of columns that are loaded as texts."""


def pandas_notes(metadata: Mapping[bytes, bytes] | None, context: ReadContext) -> list[tuple[str, Node]]:
    """Return what changes the frame that pandas loads: its index, the names of columns, nullable types.

    Args:
        metadata: of the schema.
        context: the limits.

    Raises:
        ArtifactUnreadable: the notes are malformed, or too large.
    """
    data = (metadata or {}).get(b"pandas")
    if data is None:
        return []
    if len(data) > _LARGEST:
        raise ArtifactUnreadable(f"its notes for pandas have {len(data)} bytes")
    notes = json_value(data, called="its notes for pandas are ")
    if not isinstance(notes, dict):
        raise ArtifactUnreadable("its notes for pandas are malformed")
    found = {
        "index": _index(notes.get("index_columns")),
        "columns": _names(notes.get("column_indexes")),
        "types": _types(notes.get("columns")),
    }
    given = {key: value for key, value in found.items() if value}
    return [(".pandas", value_tree(given, context))] if given else []


def _index(columns: object) -> list[object]:
    entries = _entries(columns)
    match entries:
        case [dict(entry)] if {key: entry.get(key) for key in _RANGE} == _RANGE:
            return []
    return entries


def _names(indexes: object) -> list[object]:
    entries = [entry for entry in _entries(indexes) if isinstance(entry, dict)]
    found: list[object] = [
        {"name": entry.get("name"), "type": "" if kind in _PLAIN else str(kind)}
        for entry in entries
        for kind in (entry.get("pandas_type"),)
    ]
    return found if found not in ([], [{"name": None, "type": ""}]) else []


def _types(columns: object) -> dict[str, object]:
    """Return the types that mark missing values, by column; others are those of the columns."""
    entries = [entry for entry in _entries(columns) if isinstance(entry, dict)]
    types = {str(entry.get("field_name", entry.get("name"))): entry.get("numpy_type") for entry in entries}
    return {
        name: kind
        for name, kind in types.items()
        if isinstance(kind, str) and (kind[:1].isupper() or kind == "boolean")
    }


def _entries(value: object) -> list[object]:
    if not isinstance(value, list | None):
        raise ArtifactUnreadable("its notes for pandas are malformed")
    return value or []
