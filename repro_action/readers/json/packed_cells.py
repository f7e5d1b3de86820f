# SPDX-License-Identifier: Apache-2.0
"""Cells of a column of records, some at a time and without Python's objects: a tenth of their memory.

What all cells of a column are is known at the end: a column of one kind is then digested as it is, any other
is unpacked to the values that were parsed.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repro_action.readers.arrays import payload_leaf, text_line
from repro_action.readers.dtypes import TEXT
from repro_action.readers.list_arrays import rectangle
from repro_action.readers.pieces import even
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Leaf

if TYPE_CHECKING:
    import numpy as np

_DTYPES: dict[type, str] = {int: "<i8", float: "<f8", bool: "|b1"}
_ESCAPED = re.compile(r"\\(.)")
_JSON, _OBJECT = "json", "object"
_BLOCK = 300
"""Bytes that a block takes besides its content, about."""


class AbsentKey:
    """A key that a record has not."""


ABSENT = AbsentKey()


@dataclass(frozen=True, slots=True)
class _CellBlock:
    """Some cells.

    Attributes:
        form: dtype of an array, `text`, or `json` where each cell is written as JSON in a line.
        shape: of one cell.
        count: of cells.
        data: the content.
    """

    form: str
    shape: tuple[int, ...]
    count: int
    data: bytes


@dataclass(slots=True)
class PackedCells:
    """One column.

    Attributes:
        blocks: its cells, some at a time; those that are objects are in `nested`.
        kinds: types of the cells.
        nested: columns of the objects.
        count: of cells.
    """

    blocks: list[_CellBlock] = field(default_factory=list)
    kinds: set[type] = field(default_factory=set)
    nested: PackedRecords | None = None
    count: int = 0

    def add(self, cells: Sequence[object]) -> int:
        """Add some cells; return the bytes that they take."""
        kinds = set(map(type, cells))
        self.kinds |= kinds
        self.count += len(cells)
        if kinds == {dict}:
            self.nested = self.nested or PackedRecords()
            self.blocks.append(_CellBlock(_OBJECT, (), len(cells), b""))
            return self.nested.add([cell for cell in cells if isinstance(cell, dict)])
        block = _packed(cells, kinds)
        self.blocks.append(block)
        return len(block.data) + _BLOCK

    def leaf(self, context: ReadContext) -> Leaf | None:
        """Return the leaf of cells of one kind; None where they are of several, or none that an array has."""
        forms = {(block.form, block.shape) for block in self.blocks}
        if len(forms) != 1:
            return None
        ((form, shape),) = forms
        if form in {_JSON, _OBJECT}:
            return None
        return payload_leaf(
            PackedPayload(tuple(self.blocks)),
            nbytes=sum(len(block.data) for block in self.blocks),
            dtype=form,
            shape=(self.count, *shape),
            context=context,
        )

    def values(self) -> list[object]:
        """Return the cells as they were parsed."""
        objects = iter(self.nested.values() if self.nested is not None else ())
        return [
            value
            for block in self.blocks
            for value in (
                itertools.islice(objects, block.count) if block.form == _OBJECT else _unpacked(block)
            )
        ]


@dataclass(slots=True)
class PackedRecords:
    """Objects side by side, by their keys.

    Attributes:
        columns: by key, in the order in which they come.
        count: of objects.
        present: values that there are.
    """

    columns: dict[str, PackedCells] = field(default_factory=dict)
    count: int = 0
    present: int = 0

    def add(self, records: Sequence[dict[str, object]]) -> int:
        """Add some objects; return the bytes that they take."""
        size = 0
        for key in dict.fromkeys(key for record in records for key in record):
            if key not in self.columns:
                self.columns[key] = PackedCells()
                size += self.columns[key].add([ABSENT] * self.count) if self.count else 0
        for key, column in self.columns.items():
            size += column.add([record.get(key, ABSENT) for record in records])
        self.count += len(records)
        self.present += sum(map(len, records))
        return size

    def values(self) -> list[object]:
        """Return the objects as they were parsed, but for the order of their keys."""
        found: list[dict[str, object]] = [{} for _ in range(self.count)]
        for key, column in self.columns.items():
            for record, value in zip(found, column.values(), strict=True):
                if value is not ABSENT:
                    record[key] = value
        return list(found)


@dataclass(frozen=True, slots=True)
class PackedPayload:
    """The content of a column of one kind."""

    blocks: tuple[_CellBlock, ...]

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the content; see `repro_action.tree.Payload`."""
        return even((block.data for block in self.blocks), size)


def _packed(cells: Sequence[object], kinds: set[type]) -> _CellBlock:
    if kinds == {str}:
        texts = [text for text in cells if isinstance(text, str)]
        return _CellBlock(TEXT, (), len(texts), b"".join(map(text_line, texts)))
    array = _array(list(cells), kinds)
    if array is not None:
        return _CellBlock(array.dtype.str, array.shape[1:], len(cells), array.tobytes())
    lines = ("" if cell is ABSENT else json.dumps(cell, separators=(",", ":")) for cell in cells)
    return _CellBlock(_JSON, (), len(cells), "".join(f"{line}\n" for line in lines).encode())


def _array(cells: list[object], kinds: set[type]) -> np.ndarray | None:
    import numpy as np

    shape: tuple[int, ...] = (len(cells),)
    flat = cells
    if kinds == {list}:
        shape, flat = rectangle(cells)
        kinds = set(map(type, flat))
    (kind,) = kinds if len(kinds) == 1 else (None,)
    if kind not in _DTYPES:
        return None
    try:
        return np.array(flat, _DTYPES[kind]).reshape(shape)
    except OverflowError:
        return None


def _unpacked(block: _CellBlock) -> list[object]:
    import numpy as np

    if block.form == TEXT:
        lines = block.data.decode("utf-8", "surrogatepass").split("\n")[:-1]
        return [_ESCAPED.sub(_plain, line) if "\\" in line else line for line in lines]
    if block.form == _JSON:
        return [json.loads(line) if line else ABSENT for line in block.data.decode().split("\n")[:-1]]
    found: list[object] = np.frombuffer(block.data, block.form).reshape(block.count, *block.shape).tolist()
    return found


def _plain(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]
