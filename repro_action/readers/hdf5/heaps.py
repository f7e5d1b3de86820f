# SPDX-License-Identifier: Apache-2.0
"""Heaps and trees of HDF5: names of old groups, texts of any length, and what new groups keep many of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.hdf5.blocks import Blocks, HdfCursor

_DEPTH = 32


@dataclass(slots=True)
class GlobalHeap:
    """Texts and sequences of any length, by collection and index."""

    blocks: Blocks
    _collections: dict[int, dict[int, bytes]] = field(default_factory=dict)

    def find(self, address: int, index: int) -> bytes:
        """Return an object.

        Raises:
            ArtifactUnreadable: it is not there.
        """
        if address not in self._collections:
            self._collections[address] = self._load(address)
        try:
            return self._collections[address][index]
        except KeyError:
            raise ArtifactUnreadable(f"a string is not in the heap at {address}") from None

    def _load(self, address: int) -> dict[int, bytes]:
        head = self.blocks.at(address, 8 + self.blocks.lengths, b"GCOL")
        head.take(4)
        heap = self.blocks.at(address, head.length())
        heap.place = head.place
        found: dict[int, bytes] = {}
        while heap.place + 8 + heap.lengths <= len(heap.data):
            index = heap.number("H")
            heap.take(6)
            size = heap.length()
            if not index:
                break
            found[index] = heap.take(size)
            heap.place += -size % 8
        return found


def local_heap(blocks: Blocks, address: int) -> HdfCursor:
    """Return the names of an old group, end to end."""
    head = blocks.at(address, 8 + 2 * blocks.lengths + blocks.offsets, b"HEAP")
    head.take(4)
    size = head.length()
    head.length()
    return blocks.at(head.address(), size)


def old_tree(blocks: Blocks, address: int, key: int, *, chunks: bool) -> Iterator[tuple[bytes, int]]:
    """Yield `(key, address)` of the leaves of a tree of version 1.

    Args:
        blocks: the file.
        address: of the root.
        key: bytes of a key.
        chunks: whether it is a tree of chunks, or of a group.

    Raises:
        ArtifactUnreadable: malformed, or a node comes twice.
    """
    waiting, done = [(address, _DEPTH)], set[int]()
    while waiting:
        place, depth = waiting.pop(0)
        if place in done or depth < 0:
            raise ArtifactUnreadable("the nodes of a tree refer to each other")
        done.add(place)
        head = blocks.at(place, 8 + 2 * blocks.offsets, b"TREE")
        kind, level, count = head.number("B"), head.number("B"), head.number("H")
        if kind != chunks:
            raise ArtifactUnreadable(f"the tree at {place} is of another kind")
        node = blocks.at(place + len(head.data), count * (key + blocks.offsets))
        for _ in range(count):
            found, child = node.take(key), node.address()
            if level:
                waiting.append((child, depth - 1))
            else:
                yield found, child


def new_tree(blocks: Blocks, address: int) -> Iterator[HdfCursor]:
    """Yield the records of a tree of version 2.

    Raises:
        ArtifactUnreadable: malformed, or a node comes twice.
    """
    head = blocks.at(address, 22 + blocks.offsets + blocks.lengths, b"BTHD")
    head.take(2)
    size, record, depth = head.number("I"), head.number("H"), head.number("H")
    head.take(2)
    root, count = head.address(), head.number("H")
    if depth > _DEPTH or not record or size < 16:
        raise ArtifactUnreadable("a tree is deeper than is possible in a file")
    if blocks.missing(root):
        return
    waiting, done = [(root, count, depth)], set[int]()
    widths = _widths(size, record, depth, blocks.offsets)
    while waiting:
        place, count, level = waiting.pop(0)
        if place in done:
            raise ArtifactUnreadable("the nodes of a tree refer to each other")
        done.add(place)
        node = blocks.at(place, size, b"BTIN" if level else b"BTLF")
        node.take(2)
        for _ in range(count):
            yield node.inner(node.take(record))
        for _ in range(count + 1 if level else 0):
            child, below = node.address(), node.little(widths[0])
            node.take(widths[level])
            waiting.append((child, below, level - 1))


def _widths(size: int, record: int, depth: int, offsets: int) -> list[int]:
    """Return the bytes of a child's number of records, and of its total by level from 1 on."""
    most = total = (size - 10) // record
    first = _bytes_for(most)
    widths = [first]
    for level in range(1, depth + 1):
        width = _bytes_for(total) if level > 1 else 0
        widths.append(width)
        pointer = offsets + first + width
        most = (size - 10 - pointer) // (record + pointer)
        total = (most + 1) * total + most
    return widths


def _bytes_for(most: int) -> int:
    return (max(most, 1).bit_length() - 1) // 8 + 1


class FractalHeap:
    """What new groups keep their links and attributes in, once there are many."""

    def __init__(self, blocks: Blocks, address: int) -> None:
        self.blocks = blocks
        head = blocks.at(address, 22 + 12 * blocks.lengths + 3 * blocks.offsets, b"FRHP")
        head.take(1)
        self.id_size, filters, self.flags, managed = (
            head.number("H"),
            head.number("H"),
            head.number("B"),
            head.number("I"),
        )
        if filters:
            raise ArtifactUnreadable("a heap in it is compressed, which is not supported")
        head.take(10 * head.lengths + 2 * head.offsets)
        self.width, self.start, largest = head.number("H"), head.length(), head.length()
        bits, _ = head.number("H"), head.number("H")
        self.root, self.rows = head.address(), head.number("H")
        if not self.start or not self.width or largest < self.start or bits > 64:
            raise ArtifactUnreadable("a heap in it is malformed")
        self.offset_size = (bits + 7) // 8
        self.length_size = min((largest.bit_length() - 1 + 7) // 8, _bytes_for(managed))
        self.direct_rows = (largest // self.start).bit_length() + 1

    def find(self, identity: bytes) -> bytes:
        """Return an object by its id.

        Raises:
            ArtifactUnreadable: it is not in the heap, or too large to lie in it.
        """
        cursor = HdfCursor(identity)
        flags = cursor.number("B")
        match flags >> 4 & 3:
            case 0:
                offset, size = cursor.little(self.offset_size), cursor.little(self.length_size)
                return self._managed(offset, size)
            case 2:
                return cursor.take((flags & 15) + 1)
        raise ArtifactUnreadable("a link or attribute lies outside its heap, which is not supported")

    def _managed(self, offset: int, size: int) -> bytes:
        place, begin, rows = self.root, 0, self.rows
        for _ in range(_DEPTH):
            if not rows:
                self.blocks.at(place, 4, b"FHDB")
                return self.blocks.at(place + offset - begin, size).take(size)
            row, column, start, length = self._row(offset - begin)
            if row >= rows:
                break
            entry = row * self.width + column
            size_of_head = 5 + self.blocks.offsets + self.offset_size
            node = self.blocks.at(place, size_of_head + (entry + 1) * self.blocks.offsets, b"FHIB")
            node.place = len(node.data) - self.blocks.offsets
            place, begin = node.address(), begin + start
            # A block of a lower row is data, one of a higher row a table of its own.
            rows = 0 if row < self.direct_rows else self._rows_of(length)
        raise ArtifactUnreadable("a heap in it is malformed")

    def _row(self, offset: int) -> tuple[int, int, int, int]:
        """Return row and column of the block with an offset, its own offset and its size."""
        begin = 0
        for row in range(64):
            size = self.start << max(row - 1, 0)
            if offset < begin + size * self.width:
                column = (offset - begin) // size
                return row, column, begin + column * size, size
            begin += size * self.width
        raise ArtifactUnreadable("a heap in it is malformed")

    def _rows_of(self, size: int) -> int:
        return (size // (self.start * self.width)).bit_length()
