# SPDX-License-Identifier: Apache-2.0
"""The tree of a file of predictions → its columns.

Trees come of `repro_action.reading`, so that CSV, TSV, Parquet, Arrow, JSON, JSON lines, npz and npy are read
in a process of their own with hard limits, and never executed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from repro_action.predictions.table import MAX_ROWS, PredictionsRefused, PredictionTable
from repro_action.readers.arrays import key_segment
from repro_action.readers.dtypes import EVERY, JSON_TABLES, JSON_TEXT, TEXT, decode, is_numeric
from repro_action.readers.tables.columns import column_segment
from repro_action.tree import Branch, Kind, Leaf, Node, Scalar, Tree

MAX_BYTES = 256 << 20
"""Bytes of one column that are read; a larger one is refused."""

_PIECE = 1 << 20
_TABLE = "table"
_FIRST = "[0]"


class PredictionColumns(Protocol):
    """Which columns a file of predictions has; each is empty where there is none."""

    @property
    def key(self) -> str:
        """Column that names a row."""

    @property
    def label(self) -> str:
        """Column of classes."""

    @property
    def score(self) -> str:
        """Column of numbers."""

    @property
    def truth(self) -> str:
        """Column of the classes that are right."""


def prediction_table(tree: Tree, columns: PredictionColumns) -> PredictionTable:
    """Read the columns that are declared.

    An array by itself (npy) has one column, which is whichever of `label` and `score` is declared, or, where
    neither is, labels; it has neither keys nor truth.

    Raises:
        PredictionsRefused: a column is missing, has several values a row, or is too large; or the file is
            not a table.
        ArtifactUnreadable: the file changed after it was read.
    """
    if isinstance(tree.root, Leaf):
        cells = _cells(tree.root, tree.format)
        scored = bool(columns.score and not columns.label)
        return PredictionTable(
            rows=len(cells), labels=None if scored else cells, scores=cells if scored else None
        )
    found = _columns(tree, tree.root)
    wanted = (columns.key, columns.label, columns.score, columns.truth)
    key, label, score, truth = (_column(found, name) if name else None for name in wanted)
    lengths = {len(cells) for cells in (key, label, score, truth) if cells is not None}
    if len(lengths) > 1:
        raise PredictionsRefused("its columns have unlike numbers of rows")
    return PredictionTable(rows=max(lengths, default=0), keys=key, labels=label, scores=score, truth=truth)


def column_names(tree: Tree) -> tuple[str, ...]:
    """Return the names of a table's columns; none of other trees."""
    try:
        return tuple(_columns(tree, tree.root)) if isinstance(tree.root, Branch) else ()
    except PredictionsRefused:
        return ()


def _columns(tree: Tree, root: Branch) -> Mapping[str, Node | Sequence[Scalar]]:
    """Return the columns of a table by name; of few JSON records, their cells."""
    children = dict(root.children)
    if root.type == _TABLE:
        return {_table_name(segment): node for segment, node in root.children}
    records = children.get(EVERY)
    if root.type in JSON_TABLES and isinstance(records, Branch) and len(children) == 1:
        return {_key_name(segment): node for segment, node in records.children}
    if _FIRST in children:
        return _records([node for _, node in _in_order(root)])
    if not root.type and all(isinstance(node, Leaf) for node in children.values()):
        return {_key_name(segment): node for segment, node in root.children}
    raise PredictionsRefused(f"it is read as {tree.format}, and not as a table with columns")


def _in_order(root: Branch) -> list[tuple[str, Node]]:
    """Return the entries of a list by their index, which segments carry."""
    return sorted(root.children, key=lambda child: (len(child[0]), child[0]))


def _records(nodes: Sequence[Node]) -> dict[str, Sequence[Scalar]]:
    """Return the columns of records that are listed one by one, as few JSON records are."""
    if not all(isinstance(node, Branch) and not node.type for node in nodes):
        raise PredictionsRefused("its entries are not records with named values")
    tables = [dict(node.children) for node in nodes if isinstance(node, Branch)]
    names = dict.fromkeys(segment for table in tables for segment in table)
    return {
        _key_name(segment): [_value(table.get(segment), _key_name(segment)) for table in tables]
        for segment in names
    }


def _value(node: Node | None, name: str) -> Scalar:
    if node is None:
        return None
    if not isinstance(node, Leaf) or node.kind in {Kind.ARRAY, Kind.FOLDED}:
        raise PredictionsRefused(_several(name))
    match node.kind:
        case Kind.NUMBER | Kind.BOOLEAN:
            return node.value
        case Kind.TEXT:
            return _content(node, name).decode("utf-8", "replace")
        case Kind.NULL:
            return None
    raise PredictionsRefused(f"a value of the column {name[:80]!r} is not a text, number or boolean")


def _table_name(segment: str) -> str:
    return segment.removeprefix("/")


def _key_name(segment: str) -> str:
    """Return the key that a segment such as `['id']` stands for."""
    import ast

    try:
        name = ast.literal_eval(segment.removeprefix("[").removesuffix("]"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return segment
    return name if isinstance(name, str) else segment


def _column(columns: Mapping[str, Node | Sequence[Scalar]], name: str) -> Sequence[Scalar]:
    found = columns.get(name)
    if found is None:
        found = columns.get(_table_name(column_segment(name)), columns.get(key_segment(name)))
    if found is None:
        named = ", ".join(sorted(columns)[:10]) or "none"
        raise PredictionsRefused(f"it has no column {name[:80]!r}; its columns are: {named[:300]}")
    return _cells(found, name) if isinstance(found, Leaf | Branch) else found


def _cells(node: Node, name: str) -> Sequence[Scalar]:
    """Return the cells of one column."""
    if isinstance(node, Branch):
        return _nested(node, name)
    if node.kind is not Kind.ARRAY:
        raise PredictionsRefused(f"{name[:80]!r} is not a column of values")
    if len(node.shape) != 1:
        if len(node.shape) == 2 and node.shape[1] == 1:
            return _decoded(node, name)
        raise PredictionsRefused(_several(name, node.shape))
    return _decoded(node, name)


def _several(name: str, shape: tuple[int, ...] = ()) -> str:
    of = f", shape ({', '.join(map(str, shape))})" if shape else ""
    return (
        f"{name[:80]!r} has several values a row{of}: predictions with several outputs are not "
        "compared; write one column for each"
    )


def _nested(node: Branch, name: str) -> Sequence[Scalar]:
    """Return the cells of a column with missing ones, or of categories."""
    children = dict(node.children)
    values, valid = children.get(".values"), children.get(".valid")
    if not node.type and isinstance(values, Leaf) and isinstance(valid, Leaf):
        pairs = zip(_cells(values, name), _cells(valid, name), strict=True)
        return [value if there else None for value, there in pairs]
    inner = children.get("[()]")
    if node.type == "categories" and inner is not None:
        return _cells(inner, name)
    raise PredictionsRefused(
        f"the column {name[:80]!r} has values of the type {node.type[:80] or 'table'}, which are not compared"
    )


def _decoded(leaf: Leaf, name: str) -> Sequence[Scalar]:
    """Return the values of an array, as texts, numbers or booleans."""
    rows = leaf.shape[0]
    if rows > MAX_ROWS:
        raise PredictionsRefused(f"it has {rows:,} rows, and at most {MAX_ROWS:,} are compared")
    data = _content(leaf, name)
    if leaf.dtype in {TEXT, JSON_TEXT}:
        lines = data.decode("utf-8", "replace").split("\n")[:-1]
        return [_json(line) for line in lines] if leaf.dtype == JSON_TEXT else [_line(line) for line in lines]
    if leaf.dtype.startswith("<U"):
        import numpy as np

        texts: list[Scalar] = np.frombuffer(data, leaf.dtype).tolist()
        return texts
    if not is_numeric(leaf.dtype) or leaf.dtype[1:2] == "c":
        raise PredictionsRefused(
            f"the column {name[:80]!r} has the dtype {leaf.dtype[:40]}, which is not compared"
        )
    values: list[Scalar] = decode(data, leaf.dtype).tolist()
    return values


def _content(leaf: Leaf, name: str) -> bytes:
    if leaf.payload is None:
        raise PredictionsRefused(f"the values of {name[:80]!r} are not at hand")
    parts, size = [], 0
    for chunk in leaf.payload.chunks(_PIECE):
        parts.append(bytes(chunk))
        size += len(chunk)
        if size > MAX_BYTES:
            raise PredictionsRefused(
                f"the column {name[:80]!r} has more than {MAX_BYTES >> 20} MiB, and no more is compared"
            )
    return b"".join(parts)


def _line(text: str) -> str:
    r"""Undo what `text_line` does: `\\` is a backslash, and `\n` a line feed."""
    if "\\" not in text:
        return text
    return "\\".join(part.replace("\\n", "\n") for part in text.split("\\\\"))


def _json(text: str) -> Scalar:
    value = json.loads(_line(text))
    if isinstance(value, list | dict):
        raise PredictionsRefused(
            "a value is a list or a record: predictions with several outputs are not compared; write one "
            "column for each"
        )
    return None if isinstance(value, float) and math.isnan(value) else value
