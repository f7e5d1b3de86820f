# SPDX-License-Identifier: Apache-2.0
"""Where the chunks of an HDF5 dataset lie: the five kinds of index that a file may have of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.hdf5.blocks import Blocks, HdfCursor
from repro_action.readers.hdf5.extensible import open_array
from repro_action.readers.hdf5.heaps import new_tree, old_tree

_CHUNKS = 1_000_000

Located = tuple[tuple[int, ...], int, int, int]
"""Offsets of a chunk in its array, its address, its bytes in the file, and a mask of the filters left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkIndex:
    """The index of the chunks of one dataset.

    Attributes:
        kind: of the index, as the layout message has it; -1 for a single chunk with filters.
        cursor: where the index is read on.
        blocks: the file.
        chunk: shape of a chunk.
        shape: of the dataset.
        itemsize: bytes of an element.
        limits: how far each dimension can grow; negative for any length.
        filtered: whether chunks pass filters, so that each has its own length in the file.
    """

    kind: int
    cursor: HdfCursor
    blocks: Blocks
    chunk: tuple[int, ...]
    shape: tuple[int, ...]
    itemsize: int
    limits: tuple[int, ...]
    filtered: bool

    @property
    def nbytes(self) -> int:
        """Bytes of a chunk without filters."""
        return math.prod(self.chunk) * self.itemsize

    def located(self) -> Iterator[Located]:
        """Yield where each chunk lies, in the order of the index.

        Raises:
            ArtifactUnreadable: malformed, or of a kind that is not supported.
        """
        match self.kind:
            case 0:
                yield from self._old_tree()
            case 1 | -1:
                yield from self._single()
            case 2:
                address = self.cursor.address()
                for number, offsets in enumerate(self._grid()):
                    yield offsets, address + number * self.nbytes, self.nbytes, 0
            case 3:
                yield from self._fixed()
            case 4:
                yield from self._extensible()
            case 5:
                yield from self._new_tree()
            case other:
                raise ArtifactUnreadable(
                    f"its chunks have an index of the kind {other}, which is not supported"
                )

    def _old_tree(self) -> Iterator[Located]:
        rank, tree = len(self.chunk), self.cursor.address()
        if self.blocks.missing(tree):
            return
        for key, address in old_tree(self.blocks, tree, 8 + 8 * (rank + 1), chunks=True):
            found = self.cursor.inner(key)
            size, mask = found.number("I"), found.number("I")
            yield tuple(found.little(8) for _ in range(rank)), address, size, mask

    def _single(self) -> Iterator[Located]:
        cursor = self.cursor
        size, mask = (cursor.length(), cursor.number("I")) if self.kind == -1 else (self.nbytes, 0)
        address = cursor.address()
        if not self.blocks.missing(address):
            yield (0,) * len(self.chunk), address, size, mask

    def _new_tree(self) -> Iterator[Located]:
        rank = len(self.chunk)
        self.cursor.take(6)
        for record in new_tree(self.blocks, self.cursor.address()):
            address, size, mask = record.address(), self.nbytes, 0
            if self.filtered:
                width = len(record.data) - record.offsets - 4 - 8 * rank
                size, mask = record.little(width), record.number("I")
            scaled = [record.little(8) for _ in range(rank)]
            offsets = tuple(at * step for at, step in zip(scaled, self.chunk, strict=True))
            yield offsets, address, size, mask

    def _grid(self) -> Iterator[tuple[int, ...]]:
        counts = [-(-size // step) for size, step in zip(self.shape, self.chunk, strict=True)]
        if math.prod(counts) > _CHUNKS:
            raise ArtifactUnreadable(f"it has {math.prod(counts)} chunks")
        for index in itertools.product(*map(range, counts)):
            yield tuple(at * step for at, step in zip(index, self.chunk, strict=True))

    def _numbers(self) -> Iterator[tuple[tuple[int, ...], int]]:
        """Yield the offsets of each chunk and its number among all that there can be.

        The dimension without a limit varies slowest, whichever it is.
        """
        axes = sorted(range(len(self.shape)), key=lambda axis: (self.limits[axis] >= 0, axis))
        counts = [-(-size // step) for size, step in zip(self.limits, self.chunk, strict=True)]
        for offsets in self._grid():
            number = 0
            for axis in axes:
                places = counts[axis] if self.limits[axis] >= 0 else 1
                number = number * places + offsets[axis] // self.chunk[axis]
            yield offsets, number

    def _extensible(self) -> Iterator[Located]:
        cursor = self.cursor
        cursor.take(5)
        index = cursor.address()
        if self.blocks.missing(index):
            return
        found = open_array(self.blocks, index)
        for offsets, number in self._numbers():
            entry = HdfCursor(found.element(number), offsets=self.blocks.offsets, lengths=self.blocks.lengths)
            if entry.at_end():
                continue
            address, size, mask = entry.address(), self.nbytes, 0
            if self.filtered:
                size, mask = entry.little(found.width - self.blocks.offsets - 4), entry.number("I")
            if not self.blocks.missing(address):
                yield offsets, address, size, mask

    def _fixed(self) -> Iterator[Located]:
        cursor = self.cursor
        cursor.take(1)
        index = cursor.address()
        if self.blocks.missing(index):
            return
        head = self.blocks.at(index, 8 + self.blocks.lengths + self.blocks.offsets, b"FAHD")
        head.take(2)
        entry, bits, count, data = head.number("B"), head.number("B"), head.length(), head.address()
        grid = list(self._numbers())
        if self.blocks.missing(data):
            return
        if any(number >= count for _, number in grid):
            raise ArtifactUnreadable("the index of its chunks is too short")
        page = 1 << bits if count > 1 << bits else 0
        begin, bits_size = 6 + self.blocks.offsets, (-(-count // page) + 7) // 8 if page else 0
        length = _paged_size(begin, entry, count, page) if page else begin + entry * count
        table = self.blocks.at(data, length, b"FADB")
        for offsets, number in grid:
            table.place = begin + entry * number
            if page:
                if not table.data[begin + number // page // 8] & 0x80 >> number // page % 8:
                    continue
                # Behind a bit for each page and a sum; each page ends with a sum, too.
                table.place += bits_size + 4 + 4 * (number // page)
            address, size, mask = table.address(), self.nbytes, 0
            if self.filtered:
                size, mask = table.little(entry - self.blocks.offsets - 4), table.number("I")
            if not self.blocks.missing(address):
                yield offsets, address, size, mask


def _paged_size(begin: int, entry: int, count: int, page: int) -> int:
    pages = -(-count // page)
    return begin + -(-pages // 8) + 4 + count * entry + 4 * pages
