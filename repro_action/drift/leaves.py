# SPDX-License-Identifier: Apache-2.0
"""Columns out of a tree of leaves: whatever format a reader makes a table of can be compared."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from repro_action.drift.raw import RawColumn, RawTable, column_of_numbers, column_of_texts
from repro_action.drift.sample import SampleKind
from repro_action.errors import ArtifactUnreadable
from repro_action.profiles.cells import column_key
from repro_action.readers.dtypes import TEXT, is_numeric
from repro_action.text import few
from repro_action.tree import Branch, Leaf, Node, Tree

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PIECE = 1 << 20
_CELLS = 1 << 28
"""Cells of a table that are compared at most; 2 GiB of numbers."""

_WIDTH = 100_000
"""Columns of an array at most."""

_SECONDS = {"[s]": 1.0, "[ms]": 1e-3, "[us]": 1e-6, "[ns]": 1e-9, "[day]": 86_400.0}
_ENCODINGS = "Convert the file to UTF-8, for instance: `iconv -f latin1 -t utf-8 FILE > NEW`."


def table_of(tree: Tree, where: str) -> RawTable:
    """Return the table in a file that was read, or the parts of one in a folder.

    A table is one of CSV, TSV, Parquet, Arrow, Feather, ORC, Avro or Excel; an array of one or two
    dimensions; or several arrays of one length. Files of a folder with
    the same columns are parts of one table.

    Args:
        tree: of the file, whose leaves are at hand.
        where: its path, for errors.

    Raises:
        ArtifactUnreadable: it is no table, or too large to compare.
    """
    root = tree.root
    if isinstance(root, Leaf):
        if not root.shape or not is_numeric(root.dtype):
            raise _no_table(tree, where)
        return _table(list(_of_array("", root)), (), where)
    if _is_folder(root):
        return _joined(root, where)
    columns = [column for segment, node in root.children for column in _columns(segment, node)]
    left_out = [
        _name(segment)
        for segment, node in root.children
        if not segment.startswith(".") and not any(True for _ in _columns(segment, node))
    ]
    if not columns:
        raise _no_table(tree, where)
    notes = (f"not compared, since their cells are lists or records: {few(left_out)}",) if left_out else ()
    return _table(columns, notes, where)


def _no_table(tree: Tree, where: str) -> ArtifactUnreadable:
    reason = tree.reason or (tree.root.reason if isinstance(tree.root, Leaf) else "")
    remedy = "A table is CSV, TSV, Parquet, Arrow, Avro, Excel, npy or npz."
    if "UTF-8" in reason:
        remedy = _ENCODINGS
    return ArtifactUnreadable(
        f"it is not a table{f': {reason}' if reason else ''}", where=where, remedy=remedy
    )


def _is_folder(root: Branch) -> bool:
    """Whether every child is a table of its own."""
    tables = [node for _, node in root.children if isinstance(node, Branch) and node.type == "table"]
    return bool(tables) and len(tables) == len(root.children)


def _joined(root: Branch, where: str) -> RawTable:
    import numpy as np

    parts: list[dict[str, Node]] = [
        dict(node.children) for _, node in root.children if isinstance(node, Branch)
    ]
    names = [*parts[0]]
    odd = next((place for place, part in enumerate(parts) if {*part} != {*names}), None)
    if odd is not None:
        raise ArtifactUnreadable(
            f"{root.children[odd][0].lstrip('/')} has other columns than {root.children[0][0].lstrip('/')}",
            why="The files of a folder are compared as the parts of one table.",
            remedy="Compare one file at a time.",
            where=where,
        )
    columns: list[RawColumn] = []
    for name in names:
        cells = [_columns(name, part[name]) for part in parts]
        for pieces in zip(*cells, strict=False):
            joined = np.concatenate([piece.numbers for piece in pieces])
            if all(piece.codes is None for piece in pieces) and len({one.kind for one in pieces}) == 1:
                columns.append(replace(pieces[0], numbers=joined, rows=len(joined)))
                continue
            texts = [text for piece in pieces for text in _texts(piece)]
            columns.append(replace(column_of_texts(texts), name=pieces[0].name))
    return _table(columns, (f"{len(parts)} files are the parts of one table",), where)


def _texts(column: RawColumn) -> Iterator[str]:
    if column.codes is None:
        yield from ("" if value != value else repr(value) for value in column.numbers.tolist())  # noqa: PLR0124
        return
    yield from ("" if code < 0 else column.labels[code] for code in column.codes.tolist())


def _table(columns: list[RawColumn], notes: tuple[str, ...], where: str) -> RawTable:
    rows = {column.rows for column in columns}
    if len(rows) > 1:
        few_rows = sorted(rows)[:2]
        raise ArtifactUnreadable(
            f"its arrays have different lengths, such as {few_rows[0]} and {few_rows[1]}", where=where
        )
    if sum(column.rows for column in columns) > _CELLS:
        raise ArtifactUnreadable(
            f"it has more than {_CELLS:,} cells", where=where, remedy="Compare a sample of its rows."
        )
    keyed: dict[str, RawColumn] = {}
    for column in columns:
        if keyed.setdefault(column_key(column.name), column) is not column:
            raise ArtifactUnreadable(f"two columns have the name {column.name[:80]}", where=where)
    return RawTable(rows=rows.pop(), columns=keyed, notes=notes)


def _columns(segment: str, node: Node) -> Iterator[RawColumn]:
    """Yield the columns that a child of a table is: one, several of an array with two dimensions, or none."""
    name = _name(segment)
    if segment.startswith("."):
        return
    if isinstance(node, Leaf):
        if node.dtype == TEXT and len(node.shape) == 1:
            yield replace(column_of_texts(_lines(node)), name=name)
        elif is_numeric(node.dtype) or node.dtype == "|b1":
            yield from _of_array(name, node)
        return
    nested = dict(node.children).get("[()]")
    if isinstance(nested, Branch):  # categories, of which some cells are missing
        yield from _columns(segment, nested)
        return
    children = {part: leaf for part, leaf in node.children if isinstance(leaf, Leaf)}
    cells = children.get(".values") or children.get("[()]")
    if cells is None or len(cells.shape) != 1:
        return
    valid = children.get(".valid")
    present = None if valid is None else _array(valid) != 0
    if cells.dtype == TEXT:
        lines = _lines(cells)
        texts = lines if present is None else [t if p else "" for t, p in zip(lines, present, strict=True)]
        yield replace(column_of_texts(texts), name=name)
    elif is_numeric(cells.dtype) or cells.dtype == "|b1":
        yield replace(_of_numbers(cells, node.type, present), name=name)


def _of_numbers(cells: Leaf, kind: str, present: NDArray[np.bool_] | None) -> RawColumn:
    """Return a column of numbers, truth values or dates, of which some can be missing."""
    import numpy as np

    values = _array(cells)
    if cells.dtype == "|b1":
        texts = np.where(values != 0, "true", "false")
        return column_of_texts((texts if present is None else np.where(present, texts, "")).tolist())
    if present is not None:
        values = np.where(present, values, np.nan)
    dated = kind.startswith(("timestamp", "date"))
    unit = next((value for sign, value in _SECONDS.items() if sign in kind.replace(",", "]")), 1.0)
    return column_of_numbers(values * unit, SampleKind.DATE) if dated else column_of_numbers(values)


def _of_array(name: str, leaf: Leaf) -> Iterator[RawColumn]:
    """Yield an array's columns: it is one itself, or has one a place of its second dimension."""
    if len(leaf.shape) == 1:
        yield replace(_of_numbers(leaf, "", None), name=name or "[0]")
    elif len(leaf.shape) == 2 and leaf.shape[1] <= _WIDTH:
        values = _array(leaf).reshape(leaf.shape)
        for place in range(leaf.shape[1]):
            yield replace(column_of_numbers(values[:, place].copy()), name=f"{name}[{place}]")


def _name(segment: str) -> str:
    """Return the name that a segment of a path stands for: `/age` is age, `['x']` is x, `[0]` is `[0]`."""
    if segment.startswith("/"):
        shown = segment[1:]
        if "\\" not in shown:
            return shown
        return "'".join(ast.literal_eval(f"'{part}'") for part in shown.split("'"))
    if segment.startswith("['") and segment.endswith("']"):
        return str(ast.literal_eval(segment[1:-1]))
    return segment


def _content(leaf: Leaf) -> bytes:
    if leaf.payload is None:
        raise ArtifactUnreadable(f"its cells are not at hand{f': {leaf.reason}' if leaf.reason else ''}")
    return b"".join(map(bytes, leaf.payload.chunks(_PIECE)))


def _array(leaf: Leaf) -> NDArray[np.float64]:
    import numpy as np

    from repro_action.readers.dtypes import decode

    values = decode(_content(leaf), leaf.dtype)
    if values.dtype.kind == "c":
        raise ArtifactUnreadable("complex numbers have no order in which they could be compared")
    return values.astype(np.float64).reshape(-1)


def _lines(leaf: Leaf) -> list[str]:
    r"""Return the texts of a leaf: one a line, with `\n` and `\\` for a line's end and a backslash."""
    lines = _content(leaf).decode("utf-8", "surrogatepass").split("\n")[:-1]
    return [_unescaped(line) if "\\" in line else line for line in lines]


def _unescaped(line: str) -> str:
    return "\\".join(part.replace("\\n", "\n") for part in line.split("\\\\"))
