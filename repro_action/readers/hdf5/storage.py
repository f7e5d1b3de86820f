# SPDX-License-Identifier: Apache-2.0
"""Where the elements of an HDF5 dataset lie: in one piece, or in chunks that may be filtered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.blosc import blosc, unshuffled
from repro_action.readers.hdf5.blocks import Blocks, HdfCursor
from repro_action.readers.hdf5.chunk_index import ChunkIndex, Located
from repro_action.readers.lempel_ziv import decompress
from repro_action.readers.protocol import size_text, too_large
from repro_action.readers.streams import inflated, streamed

if TYPE_CHECKING:
    import numpy as np

_SUM = 4
"""Bytes of the sum that a filter may have put behind the content of a chunk."""


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
        raise ArtifactUnreadable(f"a layout of the version {version} and kind {kind} is not supported")
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


def fill_from_chunks(
    place: Place,
    filters: tuple[Filter, ...],
    blocks: Blocks,
    array: np.ndarray,
    limits: tuple[int, ...],
) -> None:
    """Fill an array with the chunks that there are.

    Args:
        place: of the dataset's content.
        filters: that each chunk went through.
        blocks: of the file.
        array: of the dataset's dtype and shape; what no chunk has stays as it is.
        limits: how far each dimension can grow.

    Raises:
        ArtifactUnreadable: a chunk is malformed, or filtered in a way that is not read.
    """
    import numpy as np

    assert place.index is not None  # noqa: S101 -- a chunked dataset has one
    kind, cursor = place.index
    index = ChunkIndex(
        kind=kind,
        cursor=cursor,
        blocks=blocks,
        chunk=place.chunk,
        shape=array.shape,
        itemsize=array.dtype.itemsize,
        limits=limits,
        filtered=bool(filters),
    )
    for offsets, address, size, mask in _checked(index, blocks, array):
        raw = bytes(blocks.at(address, size).data)
        data = _unfiltered(raw, filters, mask, index.nbytes, array.dtype.itemsize)
        chunk = np.frombuffer(data, array.dtype).reshape(place.chunk)
        target = tuple(
            slice(at, min(at + step, end))
            for at, step, end in zip(offsets, place.chunk, array.shape, strict=True)
        )
        if all(part.start < part.stop for part in target):
            array[target] = chunk[tuple(slice(0, part.stop - part.start) for part in target)]


def _checked(index: ChunkIndex, blocks: Blocks, array: np.ndarray) -> Iterator[Located]:
    """Yield where each chunk lies; refuse chunks that overlap, or that expand to far more than the dataset.

    Raises:
        ArtifactUnreadable: they do, or the index is malformed.
    """
    largest = 4 * blocks.context.limits.memory
    if index.nbytes > largest:
        raise too_large(f"a chunk in it has {size_text(index.nbytes)}", size_text(largest))
    if len(index.chunk) != array.ndim:
        raise ArtifactUnreadable("its chunks have a different number of dimensions")
    most = max(4 * array.nbytes, 64 << 20, blocks.context.limits.ratio * blocks.source.size)
    seen: set[tuple[int, ...]] = set()
    for located in index.located():
        offsets = located[0]
        if offsets in seen or any(at % step for at, step in zip(offsets, index.chunk, strict=True)):
            raise ArtifactUnreadable("its chunks overlap")
        seen.add(offsets)
        expanded = len(seen) * index.nbytes
        if expanded > most:
            raise ArtifactUnreadable(f"its chunks are larger than the dataset: {expanded} bytes")
        blocks.context.expand(index.nbytes)
        yield located


def _unfiltered(data: bytes, filters: tuple[Filter, ...], mask: int, nbytes: int, item: int) -> bytes:
    for number, step in reversed([*enumerate(filters)]):
        if mask >> number & 1:
            continue
        match step.id:
            case 1:
                data = inflated(data, nbytes + _SUM)
            case 2:
                data = unshuffled(data, step.values[0] if step.values else item)
            case 307 | 32015:
                data = streamed("bz2" if step.id == 307 else "zst", data, nbytes + _SUM)
            case 32000:
                data = decompress("lzf", data, nbytes)
            case 32001:
                data = blosc(data, nbytes + _SUM)
            case 32004:
                data = _lz4_blocks(data, nbytes)
            case 3:
                # What the sum guards is compared itself.
                data = data[:-_SUM]
            case other:
                raise ArtifactUnreadable(
                    f"its chunks went through the filter {other}, which is not supported"
                )
    if len(data) != nbytes:
        raise ArtifactUnreadable(f"a chunk in it has {len(data)} bytes where {nbytes} are expected")
    return data


def _lz4_blocks(data: bytes, nbytes: int) -> bytes:
    """Return what blocks of LZ4 hold; source: `lz4_h5filter.c` of the HDF Group's plugins."""
    size, step = int.from_bytes(data[:8], "big"), int.from_bytes(data[8:12], "big")
    if size != nbytes or (size and not step):
        raise ArtifactUnreadable("a chunk in it is damaged: it expands to another size")
    out, place = bytearray(), 12
    while len(out) < size:
        length, whole = int.from_bytes(data[place : place + 4], "big"), min(step, size - len(out))
        block, place = data[place + 4 : place + 4 + length], place + 4 + length
        if not length or place > len(data):
            raise ArtifactUnreadable("a chunk in it is cut off")
        out += block if length == whole else decompress("lz4", block, whole)
    return bytes(out)
