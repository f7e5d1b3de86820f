# SPDX-License-Identifier: Apache-2.0
"""The index of chunks of an HDF5 dataset that can grow in one dimension: an extensible array.

Its elements lie in the index block, in data blocks that it names, and in data blocks that super blocks name;
the blocks double in size. Source: "Extensible Array" in the HDF5 File Format Specification 3.0, VII.D.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.hdf5.blocks import Blocks, HdfCursor

_SUM = 4
"""Bytes of a check sum."""


@dataclass(slots=True, kw_only=True)
class ExtensibleArray:
    """The elements of an index by their numbers; make it with `open_array`.

    Attributes:
        blocks: the file.
        width: bytes of an element.
        bits: of the largest number.
        direct: elements in the index block.
        smallest: elements of the smallest data block.
        page: elements of a page of a large data block.
        elements: bytes of those in the index block.
        data: addresses of the data blocks that the index block names.
        supers: addresses of the super blocks.
    """

    blocks: Blocks
    width: int
    bits: int
    direct: int
    smallest: int
    page: int
    elements: bytes = b""
    data: list[int] = field(default_factory=list)
    supers: list[int] = field(default_factory=list)
    _read: dict[int, bytes] = field(default_factory=dict)
    _super: dict[int, tuple[bytes, list[int]]] = field(default_factory=dict)

    def element(self, number: int) -> bytes:
        """Return an element; `b""` for one that was never written.

        Raises:
            ArtifactUnreadable: a block of it is malformed.
        """
        if number < self.direct:
            return self.elements[number * self.width : (number + 1) * self.width]
        level, begin, before = self._level(number - self.direct)
        count, size = 1 << level // 2, self.smallest << (level + 1) // 2
        block, place = divmod(number - self.direct - begin, size)
        if before + block < len(self.data):
            address, pages, first = self.data[before + block], b"", 0
        else:
            address, pages = self._below(level, count, size, block)
            # The pages of all data blocks of a super block are counted on.
            first = block * (size // self.page)
        if self.blocks.missing(address):
            return b""
        if size <= self.page:
            return self._plain(address, size)[place * self.width : (place + 1) * self.width]
        return self._paged(address, place, pages, first)

    def _level(self, number: int) -> tuple[int, int, int]:
        """Return the super block of an element, its first element, and the data blocks before it."""
        level = begin = before = 0
        while True:
            count, size = 1 << level // 2, self.smallest << (level + 1) // 2
            if number < begin + count * size:
                return level, begin, before
            level, begin, before = level + 1, begin + count * size, before + count
            if level > self.bits:
                raise ArtifactUnreadable("an element is missing from the index of its chunks")

    def _head(self, address: int, size: int, magic: bytes) -> HdfCursor:
        cursor = self.blocks.at(address, size, magic)
        cursor.take(2 + self.blocks.offsets + (self.bits + 7) // 8)
        return cursor

    def _prefix(self) -> int:
        return 6 + self.blocks.offsets + (self.bits + 7) // 8

    def _below(self, level: int, count: int, size: int, block: int) -> tuple[int, bytes]:
        """Return the address of a data block that a super block names, and which pages of it there are."""
        named = len(self.data)
        first = next((one for one in range(self.bits + 2) if self._blocks_before(one) >= named), level + 1)
        if not 0 <= level - first < len(self.supers):
            raise ArtifactUnreadable("an element is missing from the index of its chunks")
        address = self.supers[level - first]
        if self.blocks.missing(address):
            return (1 << 8 * self.blocks.offsets) - 1, b""
        if address not in self._super:
            each = -(-size // self.page // 8) if size > self.page else 0
            length = self._prefix() + count * each + count * self.blocks.offsets
            cursor = self._head(address, length, b"EASB")
            pages = cursor.take(count * each)
            self._super[address] = pages, [cursor.address() for _ in range(count)]
        pages, addresses = self._super[address]
        return addresses[block], pages

    @staticmethod
    def _blocks_before(level: int) -> int:
        return sum(1 << one // 2 for one in range(level))

    def _plain(self, address: int, size: int) -> bytes:
        if address not in self._read:
            cursor = self._head(address, self._prefix() + size * self.width, b"EADB")
            self._read[address] = cursor.take(size * self.width)
        return self._read[address]

    def _paged(self, address: int, place: int, pages: bytes, first: int) -> bytes:
        page, inside = divmod(place, self.page)
        bit = first + page
        if bit // 8 >= len(pages) or not pages[bit // 8] & 0x80 >> bit % 8:
            return b""
        start = address + self._prefix() + _SUM + page * (self.page * self.width + _SUM)
        if start not in self._read:
            self.blocks.at(address, 4, b"EADB")
            self._read[start] = self.blocks.at(start, self.page * self.width).take(self.page * self.width)
        return self._read[start][inside * self.width : (inside + 1) * self.width]


def open_array(blocks: Blocks, address: int) -> ExtensibleArray:
    """Return the array whose header is at an address.

    Raises:
        ArtifactUnreadable: malformed.
    """
    head = blocks.at(address, 12 + 6 * blocks.lengths + blocks.offsets, b"EAHD")
    head.take(2)
    width, bits, direct, smallest, least, page = (head.number("B") for _ in range(6))
    head.take(6 * blocks.lengths)
    index = head.address()
    if not 0 < bits <= 64 or least < 2 or smallest < 1 or page > 32 or not blocks.offsets <= width <= 64:
        raise ArtifactUnreadable("the index of its chunks is malformed")
    array = ExtensibleArray(
        blocks=blocks, width=width, bits=bits, direct=direct, smallest=smallest, page=1 << page
    )
    if blocks.missing(index):
        array.direct = 0
        return array
    levels = 1 + bits - (smallest.bit_length() - 1)
    named, first = 2 * (least - 1), 2 * (least.bit_length() - 1)
    supers = max(levels - first, 0)
    length = 6 + direct * width + (1 + named + supers) * blocks.offsets
    cursor = blocks.at(index, length, b"EAIB")
    cursor.take(2 + blocks.offsets)
    array.elements = cursor.take(direct * width)
    array.data = [cursor.address() for _ in range(named)]
    array.supers = [cursor.address() for _ in range(supers)]
    return array
