# SPDX-License-Identifier: Apache-2.0
"""Universal Binary JSON, draft 12, as XGBoost writes it: `.ubj`; the tree is that of the value.

How long a number's field is does not count, its type does where an array has one. See https://ubjson.org.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.cursor import Cursor
from repro_action.readers.json.binary_parser import BinaryParser
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole
from repro_action.tree import Tree

if TYPE_CHECKING:
    import numpy as np

_WHOLE = MappingProxyType({b"i": "b", b"U": "B", b"I": "h", b"l": "i", b"L": "q"})
_REAL = MappingProxyType({b"d": "f", b"D": "d"})
_DTYPES = MappingProxyType(
    {b"i": ">i1", b"U": ">u1", b"I": ">i2", b"l": ">i4", b"L": ">i8", b"d": ">f4", b"D": ">f8"}
)


class UbjReader:
    """Reads `.ubj` files."""

    name = "ubj"
    size_limit = SizeLimit(copies=3)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix, or by XGBoost's first key."""
        return source.name.lower().endswith(".ubj") or head.startswith(
            (b"{L\0\0\0\0\0\0\0\x07learner", b"{i\x07learner")
        )

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the value.

        Raises:
            ArtifactUnreadable: malformed, or beyond a limit.
        """
        parser = _UbjParser(Cursor(whole(source, context, copies=self.size_limit.copies), order=">"), context)
        value = parser.value(parser.mark(), 0)
        parser.check_end()
        return Tree(format=self.name, root=value_tree(value, context))


class _UbjParser(BinaryParser):
    def mark(self) -> bytes:
        """Return the next marker; one that says nothing is passed over."""
        while (found := self.cursor.take(1)) == b"N":
            pass
        return found

    def value(self, mark: bytes, depth: int) -> object:
        self.count(depth)
        if mark in _WHOLE:
            return self.cursor.number(_WHOLE[mark])
        if mark in _REAL:
            return self.cursor.real(_REAL[mark])
        match mark:
            case b"{":
                return self._table(depth)
            case b"[":
                return self._list(depth)
            case b"S" | b"H":
                return self.cursor.text(self._length())
            case b"C":
                return self.cursor.text(1)
            case b"Z":
                return None
            case b"T" | b"F":
                return mark == b"T"
        raise ArtifactUnreadable(f"not a valid UBJSON file: {mark!r} is not a type")

    def _length(self) -> int:
        mark = self.mark()
        size = self.cursor.number(_WHOLE[mark]) if mark in _WHOLE else -1
        if size < 0:
            raise ArtifactUnreadable("not a valid UBJSON file: a length in it is malformed")
        return size

    def _shape(self) -> tuple[bytes, int | None, bytes]:
        """Return the type and number of what follows, as far as they are given, and the next marker."""
        kind, count, mark = b"", None, self.mark()
        if mark == b"$":
            kind, mark = self.cursor.take(1), self.mark()
            if mark != b"#":
                raise ArtifactUnreadable("not a valid UBJSON file: a type without a count")
        if mark == b"#":
            count, mark = self._length(), b""
        return kind, count, mark

    def _list(self, depth: int) -> object:
        kind, count, mark = self._shape()
        if kind in _DTYPES and count is not None:
            return self._array(kind, count)
        if count is not None:
            if count > len(self.cursor.data):
                raise ArtifactUnreadable("not a valid UBJSON file: a list is longer than the file")
            return [self.value(kind or self.mark(), depth + 1) for _ in range(count)]
        found = []
        while mark != b"]":
            found.append(self.value(mark, depth + 1))
            mark = self.mark()
        return found

    def _array(self, kind: bytes, count: int) -> np.ndarray:
        import numpy as np

        dtype = np.dtype(_DTYPES[kind])
        return np.frombuffer(self.cursor.view(count * dtype.itemsize), dtype)

    def _table(self, depth: int) -> dict[str, object]:
        kind, count, mark = self._shape()
        table: dict[str, object] = {}
        left = count
        while left != 0 if left is not None else mark != b"}":
            # A key is a text without its marker: the length comes first.
            if not mark:
                mark = self.mark()
            size = self.cursor.number(_WHOLE[mark]) if mark in _WHOLE else -1
            key = self.cursor.text(size)
            if key in table:
                raise ArtifactUnreadable(f"an object has the key {key[:80]!r} twice")
            table[key] = self.value(kind or self.mark(), depth + 1)
            left, mark = (left - 1, b"") if left is not None else (None, self.mark())
        return table
