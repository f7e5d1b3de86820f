# SPDX-License-Identifier: Apache-2.0
"""Bytes of an HDF5 file by their address, bounded; and the file's first block.

Source of all layouts in this room: "HDF5 File Format Specification Version 3.0", The HDF Group.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.cursor import Cursor
from repro_action.readers.protocol import ReadContext, Source

MAGIC = b"\x89HDF\r\n\x1a\n"
_ROUNDS = 1_000_000
"""Blocks that are read from one file at most, so that none refers to another for ever."""


@dataclass(slots=True, kw_only=True)
class Blocks:
    """An open HDF5 file.

    Attributes:
        source: the file, for what is streamed.
        file: the same, open.
        context: the limits.
        offsets: bytes of an address.
        lengths: bytes of a length.
        base: what addresses count from.
    """

    source: Source
    file: BinaryIO
    context: ReadContext
    offsets: int = 8
    lengths: int = 8
    base: int = 0
    _rounds: int = field(default=0, repr=False)
    _read: int = field(default=0, repr=False)

    def at(self, address: int, size: int, magic: bytes = b"") -> HdfCursor:
        """Return the `size` bytes at an address, behind their magic number.

        Raises:
            ArtifactUnreadable: not all of them are there, another block is, or too much was read.
        """
        self._rounds += 1
        self._read += size
        if self._rounds > _ROUNDS or self._read > 2 * self.source.size + self.context.limits.memory:
            raise ArtifactUnreadable("its blocks refer to each other too often")
        if self._rounds % 256 == 0:
            self.context.check_time()
        place = self.base + address
        if size < 0 or size > self.context.limits.memory or place + size > self.source.size:
            raise ArtifactUnreadable(f"it is cut off: a block of {size} bytes at {place} is not in it")
        self.file.seek(place)
        data = self.file.read(size)
        if len(data) != size or not data.startswith(magic):
            raise ArtifactUnreadable(f"the block at {place} is not the one that is expected there")
        return HdfCursor(data, len(magic), offsets=self.offsets, lengths=self.lengths)

    def upto(self, address: int, size: int, magic: bytes = b"") -> HdfCursor:
        """Return at most `size` bytes at an address, fewer at the end of the file."""
        return self.at(address, min(size, max(self.source.size - self.base - address, 0)), magic)

    def missing(self, address: int) -> bool:
        """Say whether an address is the one that stands for none."""
        return address == (1 << 8 * self.offsets) - 1


@dataclass(slots=True)
class HdfCursor(Cursor):
    """A place in a block; addresses and lengths have the size that the file gives."""

    offsets: int = field(default=8, kw_only=True)
    lengths: int = field(default=8, kw_only=True)

    def address(self) -> int:
        """Return the next address."""
        return self.little(self.offsets)

    def length(self) -> int:
        """Return the next length."""
        return self.little(self.lengths)

    def little(self, size: int) -> int:
        """Return a whole number of `size` bytes."""
        return int.from_bytes(self.take(size), "little")

    def until_zero(self) -> str:
        """Return the text before the next NUL.

        Raises:
            ArtifactUnreadable: there is none, or it is not UTF-8.
        """
        end = bytes(self.data).find(b"\0", self.place)
        if end < 0:
            raise ArtifactUnreadable("a name in it is not terminated")
        text = self.text(end - self.place)
        self.place += 1
        return text

    def inner(self, data: bytes) -> HdfCursor:
        """Return a cursor over some bytes of the same file."""
        return HdfCursor(data, offsets=self.offsets, lengths=self.lengths)


def open_blocks(source: Source, file: BinaryIO, context: ReadContext) -> tuple[Blocks, int]:
    """Return the file, and the address of its root group.

    Raises:
        ArtifactUnreadable: its first block is malformed.
    """
    blocks = Blocks(source=source, file=file, context=context)
    first = blocks.upto(0, 128, MAGIC)
    version = first.number("B")
    if version in {0, 1}:
        first.take(4)
        blocks.offsets = first.offsets = first.number("B")
        blocks.lengths = first.lengths = first.number("B")
        first.take(9 if version == 0 else 13)
        blocks.base = first.address()
        first.take(blocks.offsets)  # free space
        end = first.address()
        first.take(2 * blocks.offsets)  # driver, name of the root
    elif version in {2, 3}:
        blocks.offsets = first.offsets = first.number("B")
        blocks.lengths = first.lengths = first.number("B")
        first.take(1)
        blocks.base = first.address()
        first.take(blocks.offsets)  # extension
        end = first.address()
    else:
        raise ArtifactUnreadable(f"its format version {version} is not known")
    if blocks.offsets not in {2, 4, 8} or blocks.lengths not in {2, 4, 8}:
        raise ArtifactUnreadable("its addresses are of an impossible size")
    if end > source.size:
        raise ArtifactUnreadable(f"the file is cut off: it has {source.size} bytes of {end}")
    return blocks, first.address()
