# SPDX-License-Identifier: Apache-2.0
"""Chunks of a Zarr array, from bytes to elements: compression, shards, the order of bytes and dimensions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.blosc import blosc
from repro_action.readers.lempel_ziv import decompress
from repro_action.readers.protocol import ReadContext, size_text, too_large
from repro_action.readers.streams import inflated, streamed
from repro_action.readers.zarr.layout import TEXTS, Codec, ZarrLayout, codecs_of

if TYPE_CHECKING:
    import numpy as np

_CHUNKS = 1_000_000
_NESTED = 3
"""Shards inside of shards."""

_MISSING = (1 << 64) - 1
_STREAMS = {"gzip": "gz", "bz2": "bz2", "lzma": "xz", "zstd": "zst"}


def grid(shape: tuple[int, ...], chunk: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield the index of each chunk.

    Raises:
        ArtifactUnreadable: there are too many.
    """
    counts = [-(-size // step) for size, step in zip(shape, chunk, strict=True)]
    if math.prod(counts) > _CHUNKS:
        raise ArtifactUnreadable(f"it has {math.prod(counts)} chunks")
    yield from itertools.product(*map(range, counts))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkDecoder:
    """Makes chunks of bytes.

    Attributes:
        layout: of the array; its elements, and the one that was never written.
        codecs: from elements to bytes; those inside of a shard are others than the array's.
        context: the limits.
        level: how many shards enclose the chunks.
    """

    layout: ZarrLayout
    codecs: tuple[Codec, ...]
    context: ReadContext
    level: int = 0

    def chunk(self, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
        """Return the elements of a chunk.

        Args:
            data: bytes of its file.
            shape: of the chunk.

        Raises:
            ArtifactUnreadable: damaged, or made by a codec that is not read.
        """
        self.context.check_time()
        steps = list(self.codecs)
        stored, turns = shape, []
        while steps and steps[0].name == "transpose":
            order = steps.pop(0).settings.get("order")
            if (
                not isinstance(order, list)
                or any(type(axis) is not int for axis in order)
                or sorted(order) != [*range(len(shape))]
            ):
                raise ArtifactUnreadable("the order of its dimensions is malformed")
            stored = tuple(stored[axis] for axis in order)
            turns.append(order)
        if not steps:
            raise ArtifactUnreadable("none of its codecs makes bytes")
        most = self._most(stored, steps[0])
        for step in reversed(steps[1:]):
            data = _expanded(step, data, most)
        array = self._elements(steps[0], data, stored)
        for order in reversed(turns):
            array = array.transpose([order.index(axis) for axis in range(len(order))])
        return array

    def _most(self, shape: tuple[int, ...], step: Codec) -> int:
        size = math.prod(shape) * self.layout.elements.plain.itemsize
        most = 4 * self.context.limits.memory
        if size > most:
            raise too_large(f"a chunk of it has {size_text(size)}", size_text(most))
        # Where elements have no size of their own, or a chunk has an index, more may come out.
        return size if step.name == "bytes" else most

    def _elements(self, step: Codec, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
        import numpy as np

        self.context.expand(len(data))
        kind = self.layout.elements
        match step.name:
            case "bytes" if kind.name != TEXTS:
                dtype = kind.plain.newbyteorder(">") if step.settings.get("endian") == "big" else kind.plain
                if len(data) != math.prod(shape) * dtype.itemsize:
                    raise ArtifactUnreadable("the size of a chunk of it does not match its shape")
                return np.frombuffer(data, dtype).reshape(shape)
            case "vlen-utf8" if kind.name == TEXTS:
                count = math.prod(shape)
                if count > self.context.limits.nodes:
                    raise ArtifactUnreadable(f"a chunk of it has {count} strings")
                texts = np.empty(count, object)
                texts[:] = _texts(data, count)
                return texts.reshape(shape)
            case "sharding_indexed":
                return self._shard(step, data, shape)
        raise ArtifactUnreadable(f"its chunks went through {step.name[:40]!r}, which is not supported")

    def _shard(self, step: Codec, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
        """Return a chunk that is made of smaller ones, with an index of where they are."""
        sizes = step.settings.get("chunk_shape")
        inner = tuple(sizes) if isinstance(sizes, list) else ()
        if self.level >= _NESTED:
            raise ArtifactUnreadable("its shards are nested too deep")
        if len(inner) != len(shape) or any(
            type(small) is not int or small < 1 or large % small
            for large, small in zip(shape, inner, strict=True)
        ):
            raise ArtifactUnreadable("the shape of the chunks of a shard is malformed")
        ways = codecs_of(step.settings.get("index_codecs"))
        names, big = [one.name for one in ways], ways[0].settings.get("endian") == "big"
        if names not in (["bytes"], ["bytes", "crc32c"]):
            raise ArtifactUnreadable(f"the index of a shard went through {names}, which is not supported")
        places = [*grid(shape, inner)]
        size, summed = 16 * len(places), 4 * (len(names) - 1)
        if size + summed > len(data):
            raise ArtifactUnreadable("a shard of it is cut off")
        begin = 0 if step.settings.get("index_location") == "start" else len(data) - size - summed
        index = data[begin : begin + size]
        decoder = ChunkDecoder(
            layout=self.layout,
            codecs=codecs_of(step.settings.get("codecs")),
            context=self.context,
            level=self.level + 1,
        )
        array, left = self.layout.empty(shape), len(data)
        for number, place in enumerate(places):
            offset, length = (
                int.from_bytes(index[at : at + 8], "big" if big else "little")
                for at in (16 * number, 16 * number + 8)
            )
            if (offset, length) == (_MISSING, _MISSING):
                continue
            left -= length
            if offset + length > len(data) or left < 0:
                raise ArtifactUnreadable("a shard of it is cut off, or its chunks share bytes")
            put(array, decoder.chunk(data[offset : offset + length], inner), place, inner)
        return array


def put(array: np.ndarray, chunk: np.ndarray, index: tuple[int, ...], step: tuple[int, ...]) -> None:
    """Write what the array has of a chunk.

    Args:
        array: any shape; changed in place.
        chunk: shape `step`; it can reach beyond the array.
        index: of the chunk in the grid.
        step: shape of all chunks.
    """
    target = tuple(
        slice(at * size, min((at + 1) * size, end))
        for at, size, end in zip(index, step, array.shape, strict=True)
    )
    array[target] = chunk[tuple(slice(0, part.stop - part.start) for part in target)]


def _expanded(step: Codec, data: bytes, most: int) -> bytes:
    if step.name in _STREAMS:
        return streamed(_STREAMS[step.name], data, most)
    match step.name:
        case "blosc":
            return blosc(data, most)
        case "zlib":
            return inflated(data, most)
        case "lz4":
            size = int.from_bytes(data[:4], "little")
            if size > most:
                raise ArtifactUnreadable("a chunk of it is damaged: it expands to another size")
            return decompress("lz4", data[4:], size)
        case "crc32c":
            # The sum is in the last four bytes; what it guards is compared itself.
            return data[:-4]
    raise ArtifactUnreadable(f"its chunks went through {step.name[:40]!r}, which is not supported")


def _texts(data: bytes, count: int) -> list[str]:
    if int.from_bytes(data[:4], "little") != count:
        raise ArtifactUnreadable("the number of strings in a chunk of it does not match its shape")
    found, place = [], 4
    for _ in range(count):
        length = int.from_bytes(data[place : place + 4], "little")
        text = data[place + 4 : place + 4 + length]
        if len(text) != length or place + 4 > len(data):
            raise ArtifactUnreadable("a chunk of it is cut off")
        try:
            found.append(text.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise ArtifactUnreadable("a text in it is not valid UTF-8") from error
        place += 4 + length
    if place != len(data):
        raise ArtifactUnreadable("there are extra bytes after the strings of a chunk")
    return found
