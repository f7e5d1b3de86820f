# SPDX-License-Identifier: Apache-2.0
"""`repro pin PATH --schema FILE`: a table schema proposed from data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from repro_action import reading
from repro_action.config.column_rules import ColumnType
from repro_action.config.model import Config
from repro_action.drift.leaves import table_of
from repro_action.errors import ConfigError
from repro_action.files import write_atomically
from repro_action.progress import Progress
from repro_action.readers.protocol import ReadOptions
from repro_action.runs.column_checks import cells_of_type, present_cells

if TYPE_CHECKING:
    from repro_action.drift.raw import RawColumn, RawTable

_NAMES: Mapping[ColumnType | Literal[""], str] = {
    "": "any",
    "text": "string",
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
    "date": "date",
}
_DAY = 86_400.0


def write_schema(config: Config, table: Path, target: Path, progress: Progress) -> int:
    """Write the schema that a table keeps, types and what is never missing; return how many fields it has.

    Args:
        config: whose limits of reading hold.
        table: file with the data.
        target: file that is not there yet.
        progress: receives what goes on.

    Raises:
        ConfigError: the table is not there, or the target is.
        ArtifactUnreadable: it is no table.
        OSError: the target cannot be written.
    """
    if not table.exists():
        raise ConfigError(f"there is no file {table}", remedy="Check its spelling.")
    if target.exists() or target.is_symlink():
        raise ConfigError(
            f"{target} exists already",
            remedy="Remove it first, or name another file: rules are edited by hand.",
        )
    progress.stage(f"reading {table.name}")
    tree = reading.read(table, ReadOptions(statistics=False), limits=reading.ReadingLimits.of(config.limits))
    found = table_of(tree, str(table))
    write_atomically(target, schema_of(found))
    return len(found.columns)


def schema_of(table: RawTable) -> str:
    """Return the schema that a table keeps: types, and what is never missing; no value of the data.

    Args:
        table: with all its cells.
    """
    fields = list(_fields(table))
    return json.dumps({"fields": fields, "missingValues": [""]}, indent=2, ensure_ascii=False) + "\n"


def _fields(table: RawTable) -> Iterator[dict[str, object]]:
    for column in table.columns.values():
        present = present_cells(column)
        kind = _type(column, int(present.sum()))
        field: dict[str, object] = {"name": column.name, "type": _NAMES[kind]}
        if kind == "date" and bool((column.numbers[present] % _DAY != 0).any()):
            field |= {"type": "datetime", "format": "any"}
        if column.rows and present.all():
            field["constraints"] = {"required": True}
        yield field


def _type(column: RawColumn, present: int) -> ColumnType | Literal[""]:
    """Return the narrowest type that all cells with a value have."""
    narrow: tuple[ColumnType, ...] = ("integer", "number", "boolean", "date")
    if not present:
        return ""
    return next((one for one in narrow if int(cells_of_type(column, one).sum()) == present), "text")
