# SPDX-License-Identifier: Apache-2.0
"""MessagePack (`.msgpack`, files of spaCy's folders), with the arrays of Flax and msgpack-numpy as arrays.

How many bytes a number or length takes is the container's, the type of a float is not. See
https://github.com/msgpack/msgpack/blob/master/spec.md and flax/serialization.py.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import also_covering
from repro_action.readers.cursor import Cursor
from repro_action.readers.json.binary_parser import BinaryParser
from repro_action.readers.plain_values import Labelled, ValueBuilder
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole
from repro_action.tree import Leaf, Node, Tree

if TYPE_CHECKING:
    import numpy as np

_NUMBERS = MappingProxyType(
    {0xCC: "B", 0xCD: "H", 0xCE: "I", 0xCF: "Q", 0xD0: "b", 0xD1: "h", 0xD2: "i", 0xD3: "q"}
)
_TEXTS = MappingProxyType({0xD9: "B", 0xDA: "H", 0xDB: "I"})
_BYTES = MappingProxyType({0xC4: "B", 0xC5: "H", 0xC6: "I"})
_EXTENSIONS = MappingProxyType({0xC7: "B", 0xC8: "H", 0xC9: "I"})
_LISTS = MappingProxyType({0xDC: "H", 0xDD: "I"})
_SPACY = MappingProxyType(
    {
        "model": b"nodes",
        "tokenizer": b"prefix_search",
        "moves": b"moves",
        "key2row": b"",
        "lookups.bin": b"",
    }
)
"""Name of a file in spaCy's folders → what stands near its start."""

_TABLES = MappingProxyType({0xDE: "H", 0xDF: "I"})


class MsgpackReader:
    """Reads `.msgpack` files."""

    name = "msgpack"
    size_limit = SizeLimit(copies=3)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix; of spaCy's files by their names, and that they start with a mapping."""
        if source.name.lower().endswith((".msgpack", ".mpk")):
            return True
        mark = _SPACY.get(source.name.rpartition("/")[2])
        mapping = head[:1] in {b"\xde", b"\xdf"} or 0x80 <= (head[:1] or b"\0")[0] < 0x90
        return mark is not None and mapping and mark in head[:64]

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the value.

        Raises:
            ArtifactUnreadable: malformed, or beyond a limit.
        """
        data = whole(source, context, copies=self.size_limit.copies)
        parser = _MsgpackParser(Cursor(data, order=">"), context)
        value = parser.value(0)
        parser.check_end()
        return Tree(format=self.name, root=_ListBuilder(context).node(value, 0))


class _ListBuilder(ValueBuilder):
    """Makes arrays of lists of numbers, each another one than an array that the file has as such."""

    def _sequence(self, value: list[object], depth: int) -> Node:
        node = super()._sequence(value, depth)
        return also_covering(node, b"list", self.context) if isinstance(node, Leaf) else node


class _MsgpackParser(BinaryParser):
    def value(self, depth: int) -> object:
        self.count(depth)
        mark = self.cursor.number("B")
        if mark < 0x80 or mark >= 0xE0:
            return mark if mark < 0x80 else mark - 256
        if mark < 0x90:
            return self._table(mark & 15, depth)
        if mark < 0xA0:
            return self._list(mark & 15, depth)
        if mark < 0xC0:
            return self.cursor.text(mark & 31)
        return self._marked(mark, depth)

    def _marked(self, mark: int, depth: int) -> object:
        for codes, made in ((_TEXTS, self.cursor.text), (_BYTES, self.cursor.take)):
            if mark in codes:
                return made(self.cursor.number(codes[mark]))
        if mark in _NUMBERS:
            return self.cursor.number(_NUMBERS[mark])
        if mark in _LISTS:
            return self._list(self.cursor.number(_LISTS[mark]), depth)
        if mark in _TABLES:
            return self._table(self.cursor.number(_TABLES[mark]), depth)
        if mark in _EXTENSIONS:
            return self._extension(self.cursor.number(_EXTENSIONS[mark]), depth)
        match mark:
            case 0xC0:
                return None
            case 0xC2 | 0xC3:
                return mark == 0xC3
            case 0xCA:
                import numpy as np

                return np.float32(self.cursor.real("f"))
            case 0xCB:
                return self.cursor.real("d")
            case 0xD4 | 0xD5 | 0xD6 | 0xD7 | 0xD8:
                return self._extension(1 << (mark - 0xD4), depth)
        raise ArtifactUnreadable(f"not a valid MessagePack file: {mark:#x} is not a type")

    def _list(self, count: int, depth: int) -> list[object]:
        if count > len(self.cursor.data):
            raise ArtifactUnreadable("a list is longer than the file")
        return [self.value(depth + 1) for _ in range(count)]

    def _table(self, count: int, depth: int) -> object:
        table: dict[object, object] = {}
        for _ in range(min(count, len(self.cursor.data))):
            key = self.value(depth + 1)
            if not isinstance(key, str | int | bytes | bool | float | None) or key in table:
                raise ArtifactUnreadable("a mapping has the same key twice, or one that is a list")
            table[key] = self.value(depth + 1)
        return _numpy(table)

    def _extension(self, size: int, depth: int) -> object:
        kind, data = self.cursor.number("b"), self.cursor.take(size)
        if kind not in {1, 3}:
            return Labelled(type=f"extension {kind}", value=data)
        inner = _MsgpackParser(Cursor(data, order=">"), self.context, self.nodes)
        match inner.value(depth + 1):
            case [list(shape), str(dtype), bytes(content)] if inner.cursor.at_end():
                return _array(shape, dtype, content)
        raise ArtifactUnreadable("an array in it is malformed")


def _numpy(table: dict[object, object]) -> object:
    """Return an array that msgpack-numpy made a mapping of; another mapping as it is."""
    match table:
        case {b"nd": True, b"type": str(dtype), b"shape": list(shape), b"data": bytes(data), **more} if (
            more in ({}, {b"kind": b""})
        ):
            return _array(shape, dtype, data)
        case {b"nd": False, b"type": str(dtype), b"data": bytes(data), **more} if not more:
            return _array([], dtype, data)
    return table


def _array(shape: list[object], dtype: str, content: bytes) -> np.ndarray | Labelled:
    import numpy as np

    sizes = [size for size in shape if type(size) is int and size >= 0]
    if len(sizes) != len(shape):
        raise ArtifactUnreadable("the size of an array in it does not match its shape")
    if dtype == "bfloat16" or dtype.startswith("float8"):
        return Labelled(type=f"{dtype} {tuple(sizes)}", value=content)
    try:
        kind = np.dtype(dtype)
    except (TypeError, ValueError, SyntaxError, OverflowError) as error:
        raise ArtifactUnreadable(f"an array in it is of the unknown dtype {dtype[:40]!r}") from error
    if kind.hasobject or not kind.itemsize:
        raise ArtifactUnreadable(f"an array in it is of the dtype {dtype[:40]!r}, which is not supported")
    fits = len(sizes) <= 32 and max(sizes, default=0) < 1 << 62
    if not fits or math.prod(sizes) * kind.itemsize != len(content):
        raise ArtifactUnreadable("the size of an array in it does not match its shape")
    try:
        return np.frombuffer(content, kind).reshape(sizes)
    except ValueError as error:
        raise ArtifactUnreadable(f"an array in it has a shape that is not supported: {error}") from error
