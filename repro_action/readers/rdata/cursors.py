# SPDX-License-Identifier: Apache-2.0
"""The forms in which R writes numbers and texts: XDR, the machine's own, and text.

Source: `OutInteger`, `OutReal` and `OutString` of `src/main/serialize.c` of R.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.cursor import Cursor

if TYPE_CHECKING:
    import numpy as np

_MISSING = -(1 << 31)
_MISSING_REAL = 0x7FF00000000007A2
"""The bits of R's missing number."""

_LONGEST = 32
"""Bytes of a number at most."""

_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_WHOLE = re.compile(rb"[-+]?[0-9]+")
_REAL = re.compile(
    rb"[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|0x[0-9a-fA-F.]+(?:p[-+]?[0-9]+)?)"
)
_RAW = re.compile(rb"[0-9a-fA-F]{2}")
"""What R reads whole; of other words it takes the beginning for the number."""

_NAMED = MappingProxyType(
    {b"n": b"\n", b"t": b"\t", b"v": b"\v", b"b": b"\b", b"r": b"\r", b"f": b"\f", b"a": b"\a"}
)
_SPECIAL = MappingProxyType({b"NaN": "nan", b"Inf": "inf", b"-Inf": "-inf"})


@dataclass(slots=True)
class RCursor(Cursor):
    """A place in R's binary forms."""

    def vector(self, dtype: str, count: int) -> np.ndarray:
        """Return the next numbers; `dtype` is NumPy's, without the order of bytes.

        Raises:
            ArtifactUnreadable: fewer are left.
        """
        import numpy as np

        kind = np.dtype(self.order + dtype)
        return np.frombuffer(self.view(count * kind.itemsize), kind)


@dataclass(slots=True)
class RTextCursor(RCursor):
    """A place in R's text form: a word a line, and texts with escapes."""

    def number(self, code: str) -> int:
        """Return the next number."""
        found = _whole(self._word())
        return found & 0xFFFFFFFF if code == "I" else found

    def take(self, size: int) -> bytes:
        """Return the next text, of `size` bytes once its escapes are undone."""
        if not size:
            return b""
        start = self._start()
        end = bytes(self.data[start : start + 4 * size + 1]).find(b"\n")
        if end < 0:
            raise ArtifactUnreadable(f"it is cut off: a text is expected at {self.place}")
        found = _ESCAPE.sub(_plain, bytes(self.data[start : start + end]))
        self.place = start + end + 1
        if len(found) != size:
            raise ArtifactUnreadable(f"a text before {self.place} has another length than it declares")
        return found

    def vector(self, dtype: str, count: int) -> np.ndarray:
        """Return the next numbers."""
        import numpy as np

        match dtype:
            case "f8":
                return self._reals(count)
            case "c16":
                return self._reals(2 * count).view("<c16")
            case "u1":
                return np.array([_byte(word) for word in self._words(count)], "u1")
        return np.array([_whole(word) for word in self._words(count)], "<i4")

    def at_end(self) -> bool:
        """Say whether nothing but white space is left."""
        return not bytes(self.data[self.place :]).strip()

    def _reals(self, count: int) -> np.ndarray:
        import numpy as np

        words = self._words(count)
        missing = [place for place, word in enumerate(words) if word == b"NA"]
        found = np.array([0.0 if word == b"NA" else _real(word) for word in words], "<f8")
        found.view("<u8")[missing] = _MISSING_REAL
        return found

    def _words(self, count: int) -> list[bytes]:
        if 2 * count > len(self.data) - self.place + 1:
            raise ArtifactUnreadable(f"it is cut off: {count} numbers are expected at {self.place}")
        return [self._word() for _ in range(count)]

    def _start(self) -> int:
        place = self.place
        while place < len(self.data) and self.data[place] in b" \t\r\n":
            place += 1
        return place

    def _word(self) -> bytes:
        start = self._start()
        found = bytes(self.data[start : start + _LONGEST]).partition(b"\n")
        if not found[0] or not found[1]:
            raise ArtifactUnreadable(f"it is cut off or malformed: a number is expected at {self.place}")
        self.place = start + len(found[0]) + 1
        return found[0].rstrip()


def _whole(word: bytes) -> int:
    if word == b"NA":
        return _MISSING
    if not _WHOLE.fullmatch(word):
        raise ArtifactUnreadable(f"{word[:40]!r} is not a whole number")
    found = int(word)
    if not _MISSING <= found < 1 << 31:
        raise ArtifactUnreadable(f"{word[:40]!r} is not a whole number of 32 bits")
    return found


def _byte(word: bytes) -> int:
    if not _RAW.fullmatch(word):
        raise ArtifactUnreadable(f"{word[:40]!r} is not a byte")
    return int(word, 16)


def _real(word: bytes) -> float:
    if word not in _SPECIAL and not _REAL.fullmatch(word):
        raise ArtifactUnreadable(f"{word[:40]!r} is not a number")
    text = _SPECIAL.get(word) or word.decode()
    try:
        # `ascii = NA` writes all bits, as C's %a has them.
        return float.fromhex(text) if "0x" in text else float(text)
    except (ValueError, OverflowError) as error:
        raise ArtifactUnreadable(f"{word[:40]!r} is not a number") from error


def _plain(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if code.isdigit() and code < b"8":
        return bytes([int(code, 8) & 255])
    return _NAMED.get(code, code)
