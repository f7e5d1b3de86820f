# SPDX-License-Identifier: Apache-2.0
"""Where the elements of an HDF5 dataset lie: in one piece, or in chunks that may be filtered."""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.hdf5.blocks import Blocks, HdfCursor
from repro_action.readers.hdf5.extensible import open_array
from repro_action.readers.hdf5.heaps import new_tree, old_tree

if TYPE_CHECKING:
    import numpy as np

_CHUNKS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One step between the elements of a chunk and its bytes in the file."""

    id: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where elements lie.

    Attributes:
        data: the bytes themselves, of a compact dataset.
        address: of a contiguous dataset; -1 where there is none.
        size: bytes of it.
        chunk: shape of a chunk; empty where it is not chunked.
        index: where the index of the chunks is read on, and what kind it is.
    """

    data: bytes | None = None
    address: int = -1
    size: int = 0
    chunk: tuple[int, ...] = ()
    index: tuple[int, HdfCursor] | None = None


def read_place(cursor: HdfCursor, blocks: Blocks) -> Place:
    """Return what a layout message says.

    Raises:
        ArtifactUnreadable: malformed, or of a version or kind that is not read.
    """
    version, kind = cursor.number("B"), cursor.number("B")
    if version not in {3, 4, 5} or kind > 2:
        raise ArtifactUnreadable(f"a layout of the version {version} and kind {kind} is not read")
    if kind == 0:
        return Place(data=cursor.take(cursor.number("H")))
    if kind == 1:
        address, size = cursor.address(), cursor.length()
        return Place(address=-1 if blocks.missing(address) else address, size=size)
    if version == 3:
        rank = cursor.number("B")
        tree = HdfCursor(cursor.take(cursor.offsets), offsets=cursor.offsets, lengths=cursor.lengths)
        sizes = [cursor.number("I") for _ in range(rank)]
        return Place(chunk=_chunk(sizes), index=(0, tree))
    flags, rank, width = cursor.number("B"), cursor.number("B"), cursor.number("B")
    sizes = [cursor.little(width) for _ in range(rank)]
    found = cursor.number("B")
    if found == 1 and flags & 2:
        found = -1
    return Place(
        chunk=_chunk(sizes), index=(found, cursor.inner(cursor.take(len(cursor.data) - cursor.place)))
    )


def _chunk(sizes: list[int]) -> tuple[int, ...]:
    # The last one is the size of an element.
    if not 1 < len(sizes) <= 33 or not all(sizes):
        raise ArtifactUnreadable("the shape of a chunk is malformed")
    return tuple(sizes[:-1])


def read_filters(cursor: HdfCursor) -> tuple[Filter, ...]:
    """Return the filters of a dataset in the order in which they were applied.

    Raises:
        ArtifactUnreadable: malformed.
    """
    version, count = cursor.number("B"), cursor.number("B")
    if version not in {1, 2} or count > 32:
        raise ArtifactUnreadable("the filters of a dataset are malformed")
    cursor.take(6 if version == 1 else 0)
    found: list[Filter] = []
    for _ in range(count):
        identity = cursor.number("H")
        size = cursor.number("H") if version == 1 or identity >= 256 else 0
        cursor.take(2)
        values = cursor.number("H")
        cursor.take(size + (-size % 8 if version == 1 else 0))
        found.append(Filter(id=identity, values=tuple(cursor.number("I") for _ in range(values))))
        cursor.take(4 if version == 1 and values % 2 else 0)
    return tuple(found)


def chunked(
    place: Place,
    filters: tuple[Filter, ...],
    blocks: Blocks,
    array: np.ndarray,
    limits: tuple[int, ...],
) -> None:
    """Fill an array with the chunks that there are; `limits` says how far each dimension can grow.

    Raises:
        ArtifactUnreadable: a chunk is malformed, or filtered in a way that is not read.
    """
    import numpy as np

    nbytes = math.prod(place.chunk) * array.dtype.itemsize
    if nbytes > blocks.context.limits.memory:
        raise ArtifactUnreadable(f"a chunk in it has {nbytes} bytes")
    if len(place.chunk) != array.ndim:
        raise ArtifactUnreadable("its chunks have a different number of dimensions")
    done: set[tuple[int, ...]] = set()
    most = max(4 * array.nbytes, 64 << 20, blocks.context.limits.ratio * blocks.source.size)
    for offsets, address, size, mask in _chunks(place, filters, blocks, array, limits):
        if offsets in done or any(at % step for at, step in zip(offsets, place.chunk, strict=True)):
            raise ArtifactUnreadable("its chunks overlap")
        done.add(offsets)
        if len(done) * nbytes > most:
            raise ArtifactUnreadable(f"its chunks are larger than the dataset: {len(done) * nbytes} bytes")
        blocks.context.expand(nbytes)
        data = _unfiltered(bytes(blocks.at(address, size).data), filters, mask, nbytes, array.dtype.itemsize)
        chunk = np.frombuffer(data, array.dtype).reshape(place.chunk)
        target = tuple(
            slice(at, min(at + step, end))
            for at, step, end in zip(offsets, place.chunk, array.shape, strict=True)
        )
        if all(part.start < part.stop for part in target):
            array[target] = chunk[tuple(slice(0, part.stop - part.start) for part in target)]


def _chunks(
    place: Place,
    filters: tuple[Filter, ...],
    blocks: Blocks,
    array: np.ndarray,
    limits: tuple[int, ...],
) -> Iterator[tuple[tuple[int, ...], int, int, int]]:
    """Yield `(offsets, address, bytes, mask of the filters left out)` of each chunk."""
    assert place.index is not None  # noqa: S101 -- a chunked dataset has one
    kind, cursor = place.index
    plain = math.prod(place.chunk) * array.dtype.itemsize
    rank = len(place.chunk)
    if kind == 0:
        tree = cursor.address()
        for key, address in (
            old_tree(blocks, tree, 8 + 8 * (rank + 1), chunks=True) if not blocks.missing(tree) else ()
        ):
            found = cursor.inner(key)
            size, mask = found.number("I"), found.number("I")
            yield tuple(found.little(8) for _ in range(rank)), address, size, mask
    elif kind in {1, -1}:
        size, mask = (cursor.length(), cursor.number("I")) if kind == -1 else (plain, 0)
        address = cursor.address()
        if not blocks.missing(address):
            yield (0,) * rank, address, size, mask
    elif kind == 2:
        address = cursor.address()
        for number, offsets in enumerate(_grid(place, array)):
            yield offsets, address + number * plain, plain, 0
    elif kind == 3:
        yield from _fixed(place, filters, blocks, array, limits)
    elif kind == 4:
        yield from _extensible(place, filters, blocks, array, limits)
    elif kind == 5:
        cursor.take(6)
        for record in new_tree(blocks, cursor.address()):
            address, size, mask = record.address(), plain, 0
            if filters:
                width = len(record.data) - record.offsets - 4 - 8 * rank
                size, mask = record.little(width), record.number("I")
            scaled = [record.little(8) for _ in range(rank)]
            yield tuple(at * step for at, step in zip(scaled, place.chunk, strict=True)), address, size, mask
    else:
        raise ArtifactUnreadable(f"its chunks have an index of the kind {kind}, which is not read")


def _grid(place: Place, array: np.ndarray) -> Iterator[tuple[int, ...]]:
    counts = [-(-size // step) for size, step in zip(array.shape, place.chunk, strict=True)]
    if math.prod(counts) > _CHUNKS:
        raise ArtifactUnreadable(f"it has {math.prod(counts)} chunks")
    for index in itertools.product(*map(range, counts)):
        yield tuple(at * step for at, step in zip(index, place.chunk, strict=True))


def _numbers(
    place: Place, array: np.ndarray, limits: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield the offsets of each chunk and its number among all that there can be.

    The dimension without a limit varies slowest, whichever it is.
    """
    axes = sorted(range(array.ndim), key=lambda axis: (limits[axis] >= 0, axis))
    counts = [-(-size // step) for size, step in zip(limits, place.chunk, strict=True)]
    for offsets in _grid(place, array):
        number = 0
        for axis in axes:
            number = number * (counts[axis] if limits[axis] >= 0 else 1) + offsets[axis] // place.chunk[axis]
        yield offsets, number


def _extensible(
    place: Place,
    filters: tuple[Filter, ...],
    blocks: Blocks,
    array: np.ndarray,
    limits: tuple[int, ...],
) -> Iterator[tuple[tuple[int, ...], int, int, int]]:
    assert place.index is not None  # noqa: S101 -- a chunked dataset has one
    cursor = place.index[1]
    cursor.take(5)
    index = cursor.address()
    if blocks.missing(index):
        return
    found = open_array(blocks, index)
    plain = math.prod(place.chunk) * array.dtype.itemsize
    for offsets, number in _numbers(place, array, limits):
        entry = HdfCursor(found.element(number), offsets=blocks.offsets, lengths=blocks.lengths)
        if entry.at_end():
            continue
        address, size, mask = entry.address(), plain, 0
        if filters:
            size, mask = entry.little(found.width - blocks.offsets - 4), entry.number("I")
        if not blocks.missing(address):
            yield offsets, address, size, mask


def _fixed(
    place: Place,
    filters: tuple[Filter, ...],
    blocks: Blocks,
    array: np.ndarray,
    limits: tuple[int, ...],
) -> Iterator[tuple[tuple[int, ...], int, int, int]]:
    assert place.index is not None  # noqa: S101 -- a chunked dataset has one
    _, cursor = place.index
    cursor.take(1)
    index = cursor.address()
    if blocks.missing(index):
        return
    head = blocks.at(index, 8 + blocks.lengths + blocks.offsets, b"FAHD")
    head.take(2)
    entry, bits, count, data = head.number("B"), head.number("B"), head.length(), head.address()
    grid = list(_numbers(place, array, limits))
    if blocks.missing(data):
        return
    if any(number >= count for _, number in grid):
        raise ArtifactUnreadable("the index of its chunks is too short")
    page = 1 << bits if count > 1 << bits else 0
    begin, bits_size = 6 + blocks.offsets, (-(-count // page) + 7) // 8 if page else 0
    length = _paged_size(begin, entry, count, page) if page else begin + entry * count
    table = blocks.at(data, length, b"FADB")
    plain = math.prod(place.chunk) * array.dtype.itemsize
    for offsets, number in grid:
        table.place = begin + entry * number
        if page:
            if not table.data[begin + number // page // 8] & 0x80 >> number // page % 8:
                continue
            # Behind a bit for each page and a sum; each page ends with a sum, too.
            table.place += bits_size + 4 + 4 * (number // page)
        address, size, mask = table.address(), plain, 0
        if filters:
            size, mask = table.little(entry - blocks.offsets - 4), table.number("I")
        if not blocks.missing(address):
            yield offsets, address, size, mask


def _paged_size(begin: int, entry: int, count: int, page: int) -> int:
    pages = -(-count // page)
    return begin + -(-pages // 8) + 4 + count * entry + 4 * pages


def _unfiltered(data: bytes, filters: tuple[Filter, ...], mask: int, nbytes: int, item: int) -> bytes:
    for number, step in reversed([*enumerate(filters)]):
        if mask >> number & 1:
            continue
        match step.id:
            case 1:
                data = _inflated(data, nbytes)
            case 2:
                data = _shuffled(data, step.values[0] if step.values else item)
            case 3:
                # The sum is in the last four bytes; what it guards is compared itself.
                data = data[:-4]
            case other:
                raise ArtifactUnreadable(f"its chunks went through the filter {other}, which is not read")
    if len(data) != nbytes:
        raise ArtifactUnreadable(f"a chunk in it has {len(data)} bytes where {nbytes} are expected")
    return data


def _inflated(data: bytes, nbytes: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        # Four more: a sum may have been added before.
        out = stream.decompress(data, nbytes + 5)
    except zlib.error as error:
        raise ArtifactUnreadable(f"a chunk in it is damaged: {error}") from error
    if not stream.eof or stream.unused_data or len(out) > nbytes + 4:
        raise ArtifactUnreadable("a chunk in it is damaged: it expands to another size")
    return out


def _shuffled(data: bytes, item: int) -> bytes:
    import numpy as np

    whole = len(data) // item * item if item else 0
    if item < 2 or not whole:
        return data
    return np.frombuffer(data[:whole], "u1").reshape(item, -1).T.tobytes() + data[whole:]
