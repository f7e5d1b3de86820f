# SPDX-License-Identifier: Apache-2.0
"""A place in bytes or a file that moves forward, never beyond the end: binary formats are parsed with it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import Source


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
        return bytes(self.view(size))

    def view(self, size: int) -> memoryview:
        """Return the next `size` bytes without a copy of them.

        Raises:
            ArtifactUnreadable: fewer are left.
        """
        end = self.place + size
        if size < 0 or end > len(self.data):
            raise ArtifactUnreadable(f"it is cut off: {size} bytes are expected at {self.place}")
        found = memoryview(self.data)[self.place : end]
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


@dataclass(slots=True)
class FileCursor:
    """A place in a file; arrays in it are passed over and read where their leaves are made.

    Attributes:
        source: the file.
        file: it, open.
        place: of the next byte to read.
    """

    source: Source
    file: BinaryIO
    place: int = 0

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes, which are few.

        Raises:
            ArtifactUnreadable: fewer are left.
        """
        start = self.skip(size)
        self.file.seek(start)
        return self.file.read(size)

    def skip(self, size: int) -> int:
        """Pass over `size` bytes and return where they begin.

        Raises:
            ArtifactUnreadable: fewer are left.
        """
        if size < 0 or self.place + size > self.source.size:
            raise ArtifactUnreadable(f"it is cut off: {size} bytes are expected at {self.place}")
        start = self.place
        self.place += size
        return start

    def number(self, code: str) -> int:
        """Return the next number; `code` is that of `struct`, little-endian."""
        (value,) = struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))
        return int(value)

    def at_end(self) -> bool:
        """Say whether all bytes were passed."""
        return self.place >= self.source.size
