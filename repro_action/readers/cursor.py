# SPDX-License-Identifier: Apache-2.0
"""A place in bytes that moves forward: what binary formats are parsed with, and never beyond their end."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import ReadContext, Source


@dataclass(slots=True)
class Cursor:
    """A place in bytes.

    Attributes:
        data: all of them.
        place: of the next byte to read.
        order: of the bytes of a number: `<` or `>`.
    """

    data: bytes | memoryview
    place: int = 0
    order: str = "<"

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes.

        Raises:
            ArtifactUnreadable: fewer are left.
        """
        end = self.place + size
        if size < 0 or end > len(self.data):
            raise ArtifactUnreadable(f"it is cut off: {size} bytes are expected at {self.place}")
        found = bytes(self.data[self.place : end])
        self.place = end
        return found

    def number(self, code: str) -> int:
        """Return the next number; `code` is that of `struct`, for whole numbers."""
        (value,) = struct.unpack(self.order + code, self.take(struct.calcsize(self.order + code)))
        return int(value)

    def real(self, code: str) -> float:
        """Return the next float: `f` of 4 bytes, `d` of 8."""
        (value,) = struct.unpack(self.order + code, self.take(struct.calcsize(self.order + code)))
        return float(value)

    def text(self, size: int) -> str:
        """Return the next `size` bytes as UTF-8.

        Raises:
            ArtifactUnreadable: not UTF-8, or fewer bytes are left.
        """
        try:
            return self.take(size).decode("utf-8")
        except UnicodeDecodeError as error:
            raise ArtifactUnreadable(f"a name or text before {self.place} is not valid UTF-8") from error

    def at_end(self) -> bool:
        """Say whether all bytes were read."""
        return self.place >= len(self.data)


def whole(source: Source, context: ReadContext, *, copies: int = 2) -> bytes:
    """Return all bytes of a source.

    Args:
        source: what to read.
        context: the limits.
        copies: how many times its size the reader needs in memory.

    Raises:
        ArtifactUnreadable: it is too large for that.
    """
    if copies * source.size > context.limits.memory:
        raise ArtifactUnreadable(f"it is larger than {context.limits.memory // copies} bytes")
    with source.open() as file:
        return file.read()


def whole_text(source: Source, context: ReadContext, *, copies: int = 6, encoding: str = "utf-8-sig") -> str:
    """Return all of a source as text.

    Args:
        source: what to read.
        context: the limits.
        copies: how many times its size the reader needs in memory.
        encoding: `utf-8-sig` leaves out a byte order mark, with `utf-8` it is content.

    Raises:
        ArtifactUnreadable: not UTF-8, or too large.
    """
    try:
        return whole(source, context, copies=copies).decode(encoding)
    except UnicodeDecodeError as error:
        raise ArtifactUnreadable("it is not valid UTF-8") from error
