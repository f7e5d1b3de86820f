# SPDX-License-Identifier: Apache-2.0
"""Blosc's frames, which Zarr and HDF5 compress chunks with.

Source: README_CHUNK_FORMAT.rst of Blosc/c-blosc.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.lempel_ziv import decompress
from repro_action.readers.streams import inflated, streamed

_SHUFFLED, _PLAIN, _BITS, _WHOLE = 1, 2, 4, 16
_NAMES = {0: "blosclz", 1: "lz4", 2: "snappy", 3: "zlib", 4: "zstd"}
_SPLITS, _SMALLEST = 16, 128
"""A block has one stream for each byte of an element, at most so many, and of so many bytes at least."""


def blosc(data: bytes, most: int) -> bytes:
    """Return what a frame holds.

    Raises:
        ArtifactUnreadable: damaged, compressed in a way that is not read, or it holds more than `most` bytes.
    """
    if len(data) < 16:
        raise ArtifactUnreadable("a chunk of it is cut off")
    _, _, flags, item, size, block, total = struct.unpack("<4B3I", data[:16])
    if size > most or total != len(data) or not item or (size and not block):
        raise ArtifactUnreadable("a chunk of it is damaged: it expands to another size")
    if flags & _SHUFFLED and flags & _BITS:
        # That mark has another meaning in Blosc 2.
        raise ArtifactUnreadable("its chunks were written by Blosc 2, which is not supported")
    if flags & _PLAIN:
        out = data[16 : 16 + size]
    else:
        count = -(-size // block) if size else 0
        if 16 + 4 * count > len(data):
            raise ArtifactUnreadable("a chunk of it is cut off")
        starts = struct.unpack_from(f"<{count}I", data, 16)
        streams = _Streams(data=data, left=len(data))
        out = b"".join(
            _block(streams, start, min(block, size - number * block), flags, item, leftover=block)
            for number, start in enumerate(starts)
        )
    if len(out) != size:
        raise ArtifactUnreadable("a chunk of it is damaged: it expands to another size")
    return out


@dataclass(slots=True)
class _Streams:
    """What is compressed; streams that share bytes would cost more than the file has.

    Attributes:
        data: the frame.
        left: bytes that streams may still have together.
    """

    data: bytes
    left: int

    def stream(self, start: int) -> bytes:
        """Return the stream at a place.

        Raises:
            ArtifactUnreadable: it is cut off, or all of them have more bytes than there are.
        """
        length = int.from_bytes(self.data[start : start + 4], "little")
        self.left -= length
        if not length or start + 4 + length > len(self.data) or self.left < 0:
            raise ArtifactUnreadable("a chunk of it is cut off")
        return self.data[start + 4 : start + 4 + length]


def _block(streams: _Streams, start: int, size: int, flags: int, item: int, *, leftover: int) -> bytes:
    """Return one block; only one of the full size, which `leftover` is, has several streams."""
    split = not flags & _WHOLE and item <= _SPLITS and size == leftover and size // max(item, 1) >= _SMALLEST
    count = item if split else 1
    each, found = size // count, bytearray()
    for _ in range(count):
        stream = streams.stream(start)
        found += stream if len(stream) == each else _stream(_NAMES.get(flags >> 5, "?"), stream, each)
        start += 4 + len(stream)
    return _ordered(bytes(found), flags, item)


def _stream(name: str, data: bytes, size: int) -> bytes:
    match name:
        case "lz4" | "blosclz" | "snappy":
            return decompress(name, data, size)
        case "zlib":
            return inflated(data, size)
        case "zstd":
            return streamed("zst", data, size)
    raise ArtifactUnreadable(f"its chunks are compressed with {name}, which is not supported")


def _ordered(data: bytes, flags: int, item: int) -> bytes:
    """Return the elements of a block, whose bytes or bits lay apart."""
    import numpy as np

    whole = len(data) // item * item if item else 0
    if flags & _BITS and item:
        count = whole // item
        if count % 8:
            # Blosc leaves such a block as it is.
            return data
        rows = np.frombuffer(data[:whole], "u1").reshape(item * 8, count // 8)
        bits = np.unpackbits(rows, axis=1, bitorder="little")
        return np.packbits(bits.T, axis=1, bitorder="little").tobytes() + data[whole:]
    return unshuffled(data, item) if flags & _SHUFFLED else data


def unshuffled(data: bytes, item: int) -> bytes:
    """Return elements of `item` bytes whose first bytes came first, then their second ones, and so on."""
    import numpy as np

    whole = len(data) // item * item if item else 0
    if item < 2 or not whole:
        return data
    return np.frombuffer(data[:whole], "u1").reshape(item, -1).T.tobytes() + data[whole:]
