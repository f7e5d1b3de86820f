# SPDX-License-Identifier: Apache-2.0
"""A place in bytes that moves forward: what binary formats are parsed with, and never beyond their end."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import (
    SHARE,
    FileSource,
    Limits,
    ReadContext,
    Source,
    size_text,
    too_large,
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLimit:
    """What bounds the files of a format; the table of docs/formats.md is made from it.

    Attributes:
        copies: how many times its size a file takes in memory; 0 where it is read in pieces.
        also: what else is bounded, in words: `{memory/4}` stands for a size, `{count/4}` for a number.
    """

    copies: int = 0
    also: str = ""


_ROOM = 8
"""Times the limit of memory that a file and what a reader makes of it may take."""

_OWN = 3
"""Times its size that a file on disk may take besides `limits.reading_memory`."""


def largest(limits: Limits, copies: int, *, on_disk: bool = True) -> int:
    """Return how many bytes a file may have that a reader holds as a whole.

    Args:
        limits: of reading.
        copies: how many times its size the reader needs in memory.
        on_disk: whether it is a file, not a part of an archive.
    """
    more = copies - _OWN if on_disk else copies
    return min(_ROOM * limits.memory // more if more > 0 else SHARE * limits.memory, SHARE * limits.memory)


def check_size(source: Source, context: ReadContext, *, copies: int) -> None:
    """Refuse a source that a reader cannot hold as a whole.

    Raises:
        ArtifactUnreadable: it is too large for that.
    """
    most = largest(context.limits, copies, on_disk=isinstance(source, FileSource))
    if source.size > most:
        raise too_large(f"it has {size_text(source.size)}", size_text(most))


def whole(source: Source, context: ReadContext, *, copies: int = 2) -> bytes:
    """Return all bytes of a source.

    Args:
        source: what to read.
        context: the limits.
        copies: how many times its size the reader needs in memory.

    Raises:
        ArtifactUnreadable: it is too large for that.
    """
    check_size(source, context, copies=copies)
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
