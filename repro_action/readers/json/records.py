# SPDX-License-Identifier: Apache-2.0
"""Lists of many JSON objects as tables: one leaf a column, so that a difference names a row and a key.

| cells of a key | leaf |
| --- | --- |
| all numbers, all texts, all booleans, or lists of numbers of one shape | as a list of them |
| numbers and `null` or nothing | `<f8`, empty cells as a NaN of their own; what each cell is, is content |
| all objects | a branch of columns, one a key |
| other | an array of JSON texts with sorted keys; a missing cell is an empty text |

Lists or objects of unlike form among the cells make a table only of a long list: in a short one, a
branch a record says more.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import also_covering, array_leaf, key_segment, text_array_leaf
from repro_action.readers.dtypes import EVERY, JSON_TEXT
from repro_action.readers.json.packed_cells import ABSENT, AbsentKey, PackedCells, PackedRecords
from repro_action.readers.list_arrays import list_leaf, sizes_fit
from repro_action.readers.protocol import ReadContext
from repro_action.readers.tables.text_values import MISSING
from repro_action.tree import Leaf, Node, branch

RECORDS = 17
"""Objects of which a list is a table: so many side by side are never listed one by one."""

ENTRIES = 10_000
"""Entries of which an object of single values is a table of two columns."""

_LONG = 2_000
"""Records of which a list is a table, whatever the cells are."""

_SPARSE = 4
"""A table has at most so many cells for each that is there."""


_SCALARS = {int, float, bool, str, type(None), AbsentKey}
_TYPES: dict[type, int] = {float: 0, int: 1, type(None): 2, AbsentKey: 3}


def table_of_records(values: list[object], depth: int, context: ReadContext) -> Node | None:
    """Return a list of objects as a table; None where it is better read record by record.

    Args:
        values: the list.
        depth: levels above it.
        context: digester and limits.

    Raises:
        ArtifactUnreadable: it is nested too deeply.
    """
    records = [value for value in values if isinstance(value, dict)]
    if len(values) < RECORDS or len(records) < len(values):
        return None
    columns = _columns(records, depth, context)
    if columns is None:
        return None
    algorithm = context.digester.algorithm
    return branch([(EVERY, branch(columns, algorithm=algorithm))], type="records", algorithm=algorithm)


def table_of_entries(value: dict[str, object], context: ReadContext) -> Node | None:
    """Return a large object of single values as a table of keys, sorted, and values."""
    if len(value) < ENTRIES or not set(map(type, value.values())) <= _SCALARS:
        return None
    keys = sorted(value)
    cells = _scalars([value[key] for key in keys], context)
    children: list[tuple[str, Node]] = [("[keys]", text_array_leaf(keys, context)), (EVERY, cells)]
    return branch(children, type="entries", algorithm=context.digester.algorithm)


def _columns(
    records: Sequence[dict[str, object]], depth: int, context: ReadContext
) -> list[tuple[str, Node]] | None:
    if depth > context.limits.depth:
        raise ArtifactUnreadable(f"it is nested more than {context.limits.depth} levels deep")
    context.check_time()
    keys = dict.fromkeys(key for record in records for key in record)
    present = sum(map(len, records))
    if not keys or len(keys) * len(records) > _SPARSE * present:
        return None
    full = present == len(keys) * len(records)
    found: list[tuple[str, Node]] = []
    for key in keys:
        cells = (
            [record[key] for record in records] if full else [record.get(key, ABSENT) for record in records]
        )
        column = _column(cells, depth, context)
        if column is None:
            return None
        found.append((key_segment(key), column))
    return found


def _column(cells: list[object], depth: int, context: ReadContext) -> Node | None:
    kinds = set(map(type, cells))
    if kinds <= _SCALARS:
        return _scalars(cells, context)
    if kinds == {dict}:
        columns = _columns([cell for cell in cells if isinstance(cell, dict)], depth + 1, context)
        if columns is not None:
            return branch(columns, algorithm=context.digester.algorithm)
    if kinds == {list}:
        leaf = list_leaf(cells, context)
        if leaf is not None:
            return leaf
    return _texts(cells, context) if len(cells) >= _LONG else None


def table_of_packed(records: PackedRecords, context: ReadContext) -> list[tuple[str, Node]] | None:
    """Return columns of records as `table_of_records` has them.

    Raises:
        ArtifactUnreadable: it is nested too deeply, or time is up.
    """
    columns = _packed_columns(records, 0, context) if records.count >= RECORDS else None
    return None if columns is None else [(EVERY, branch(columns, algorithm=context.digester.algorithm))]


def _packed_columns(
    records: PackedRecords, depth: int, context: ReadContext
) -> list[tuple[str, Node]] | None:
    if depth > context.limits.depth:
        raise ArtifactUnreadable(f"it is nested more than {context.limits.depth} levels deep")
    if not records.columns or len(records.columns) * records.count > _SPARSE * records.present:
        return None
    found: list[tuple[str, Node]] = []
    for key, cells in records.columns.items():
        context.check_time()
        column = _packed_column(cells, depth, context)
        if column is None:
            return None
        found.append((key_segment(key), column))
    return found


def _packed_column(cells: PackedCells, depth: int, context: ReadContext) -> Node | None:
    if cells.kinds == {dict} and cells.nested is not None:
        columns = _packed_columns(cells.nested, depth + 1, context)
        if columns is not None:
            return branch(columns, algorithm=context.digester.algorithm)
        return _texts(cells.values(), context) if cells.count >= _LONG else None
    return cells.leaf(context) or _column(cells.values(), depth, context)


def _scalars(cells: list[object], context: ReadContext) -> Leaf:
    leaf = list_leaf(cells, context)
    if leaf is not None:
        return leaf
    numbers = [cell for cell in cells if type(cell) in {int, float}]
    if numbers and set(map(type, cells)) <= _TYPES.keys() and sizes_fit(numbers):
        return _numbers(cells, context)
    return _texts(cells, context)


def _numbers(cells: list[object], context: ReadContext) -> Leaf:
    import numpy as np

    which = bytes(_TYPES[type(cell)] for cell in cells)
    array = np.array([cell if isinstance(cell, int | float) else 0.0 for cell in cells], "<f8")
    array.view("<u8")[np.frombuffer(which, "u1") > 1] = MISSING
    return also_covering(array_leaf(array, context), which, context)


def _texts(cells: list[object], context: ReadContext) -> Leaf:
    try:
        leaf = text_array_leaf(
            ("" if isinstance(cell, AbsentKey) else _encode(cell) for cell in cells), context
        )
    except RecursionError as error:
        raise ArtifactUnreadable(f"it is nested more than {context.limits.depth} levels deep") from error
    # The text "1" is another cell than the number 1.
    return replace(also_covering(leaf, b"json", context), dtype=JSON_TEXT)


def _other(value: object) -> object:
    """Return what stands for a value that only YAML has."""
    if isinstance(value, dt.date | dt.time):
        return {f"{type(value).__name__}": value.isoformat()}
    raise TypeError(type(value).__name__)


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_other).encode
