# SPDX-License-Identifier: Apache-2.0
"""Pixels of a PNG some rows at a time: what is in memory is a band of the picture.

A band is decoded as a picture of its own: the last row of the band before it, as it is once it is decoded,
and its rows as they were filtered, which refer to no other row. Source: the PNG specification, clause 9.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import CHUNK, payload_leaf
from repro_action.readers.pictures.decoding import opened
from repro_action.readers.pieces import even
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Leaf

if TYPE_CHECKING:
    import numpy as np

MAGIC = b"\x89PNG\r\n\x1a\n"
_INPUT = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PngBands:
    """What is needed to decode a picture without interlacing, of whole bytes a sample.

    Attributes:
        source: the file.
        places: `(offset, length)` of the compressed pixels in it.
        header: content of the first chunk.
        before: chunks that change how pixels are decoded, as they are in the file.
        row: bytes of a row, without its filter.
    """

    source: Source
    places: tuple[tuple[int, int], ...]
    header: bytes
    before: bytes
    row: int

    def leaf(self, context: ReadContext) -> Leaf:
        """Return the leaf of all pixels.

        Raises:
            ArtifactUnreadable: damaged, cut off, or time is up.
        """
        width, height = struct.unpack(">II", self.header[:8])
        first = self._decoded([bytes(1 + self.row)], 1)
        shape = (height, width, *first.shape[2:])
        context.expand(first.nbytes * height)
        return payload_leaf(
            self,
            nbytes=first.nbytes * height,
            dtype=first.dtype.newbyteorder("<").str,
            shape=shape,
            context=context,
        )

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the pixels; see `repro_action.tree.Payload`.

        Raises:
            ArtifactUnreadable: damaged or cut off.
        """
        return even(self._bands(), size)

    def _bands(self) -> Iterator[bytes]:
        (left,) = struct.unpack(">I", self.header[4:8])
        many = max(1, CHUNK // (1 + self.row))
        above = b""
        rows = self._rows(many)
        while left:
            count = min(many, left)
            filtered = next(rows, b"")
            if len(filtered) < count * (1 + self.row):
                raise ArtifactUnreadable("its pixels are cut off")
            filtered = filtered[: count * (1 + self.row)]
            pixels = self._decoded([above, filtered] if above else [filtered], count + bool(above))
            pixels = pixels[1:] if above else pixels
            yield pixels.astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes()
            above = b"\0" + pixels[-1].astype(pixels.dtype.newbyteorder(">"), copy=False).tobytes()
            left -= count

    def _rows(self, many: int) -> Iterator[bytes]:
        """Yield some filtered rows at a time."""
        stream, size, found = zlib.decompressobj(), many * (1 + self.row), bytearray()
        try:
            for given in self.compressed():
                data = given
                while data:
                    found += stream.decompress(data, size - len(found))
                    data = stream.unconsumed_tail
                    if len(found) == size:
                        yield bytes(found)
                        found.clear()
        except zlib.error as error:
            raise ArtifactUnreadable("its pixels are damaged") from error
        if found:
            yield bytes(found)

    def compressed(self) -> Iterator[bytes]:
        """Yield the compressed pixels."""
        with self.source.open() as file:
            for offset, length in self.places:
                file.seek(offset)
                left = length
                while left and (data := file.read(min(left, _INPUT))):
                    left -= len(data)
                    yield data

    def _decoded(self, rows: list[bytes], height: int) -> np.ndarray:
        import numpy as np

        header = self.header[:4] + height.to_bytes(4, "big") + self.header[8:]
        pixels = zlib.compress(b"".join(rows), 0)
        file = b"".join(
            [
                MAGIC,
                png_chunk(b"IHDR", header),
                self.before,
                png_chunk(b"IDAT", pixels),
                png_chunk(b"IEND", b""),
            ]
        )
        with opened(file, "PNG") as image:
            return np.asarray(image)


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk as it is in a file."""
    return (
        len(content).to_bytes(4, "big")
        + name
        + content
        + zlib.crc32(content, zlib.crc32(name)).to_bytes(4, "big")
    )
