# SPDX-License-Identifier: Apache-2.0
"""Columns of tables whose cells may be missing: values, and which of them there are."""

from __future__ import annotations

from collections.abc import Sequence

from repro_action.readers.arrays import key_segment, name_segment
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Node, branch

_UNNAMED = "(unnamed)"
_EMPTY = {int: 0, float: 0.0, str: "", bool: False, bytes: b""}


def column_segment(name: str) -> str:
    """Return the segment of a column; one may be called what a column without a name is shown as."""
    return key_segment(name) if name == _UNNAMED else name_segment(name or _UNNAMED)


def column(cells: Sequence[object], context: ReadContext) -> Node:
    """Return a column: one array where all cells are of one type; `.values` and `.valid` where some miss.

    Raises:
        ArtifactUnreadable: a cell is no plain value, or there are too many of several types.
    """
    if not any(cell is None for cell in cells):
        return value_tree(list(cells), context)
    kinds = {type(cell) for cell in cells if cell is not None}
    (kind,) = kinds if len(kinds) == 1 else (None,)
    if kind not in _EMPTY:
        return value_tree(list(cells), context)
    filled = [_EMPTY[kind] if cell is None else cell for cell in cells]
    children = [
        (".values", value_tree(filled, context)),
        (".valid", value_tree([cell is not None for cell in cells], context)),
    ]
    return branch(children, algorithm=context.digester.algorithm)
