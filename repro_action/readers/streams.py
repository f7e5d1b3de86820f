# SPDX-License-Identifier: Apache-2.0
"""Compressed streams (gzip, bzip2, xz, Zstandard): one after another, nothing but padding behind the last.

Python's own files leave out what follows the last stream of bzip2 and xz; here it is an error, so that
no byte of a file goes unread. Source of the padding: RFC 1952 and the gzip manual; the xz format, 2.2.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import zlib
from dataclasses import dataclass, field
from typing import IO, BinaryIO, Protocol

from repro_action.errors import ArtifactUnreadable
from repro_action.readers import zstd
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.sources import DAMAGED, Region

_STEP = 1 << 16
_LZMA_MEMORY = 96 << 20
"""Enough for the highest preset, which takes 65 MiB to expand."""

_SUFFIXES = {"gz": (".gz", ".gzip"), "bz2": (".bz2",), "xz": (".xz", ".lzma"), "zst": (".zst", ".zstd")}
_MAGIC = {"gz": b"\x1f\x8b\x08", "bz2": b"BZh", "xz": b"\xfd7zXZ\0", "zst": zstd.MAGIC}
_UNPADDED = frozenset({"bz2", "zst"})
"""Streams that no zeros may follow."""


def codec_of(head: bytes) -> str:
    """Name the compression whose magic number `head` starts with, or `""`."""
    return next((codec for codec, magic in _MAGIC.items() if head.startswith(magic)), "")


@dataclass(frozen=True, slots=True)
class Expanded:
    """What comes out of a compressed stream; make it with `expanded`.

    Attributes:
        parent: the compressed source.
        codec: `gz`, `bz2`, `xz` or `zst`.
        size: bytes that come out.
    """

    parent: Source
    codec: str
    size: int

    @property
    def name(self) -> str:
        """The name without the suffix of the compression."""
        lower = self.parent.name.lower()
        suffix = next((end for end in _SUFFIXES[self.codec] if lower.endswith(end)), "")
        return self.parent.name[: len(lower) - len(suffix)]

    def open(self) -> BinaryIO:
        """Open the expanded bytes; going back starts over."""
        file = self.parent.open()
        return io.BufferedReader(Region(Expander(self.codec, file), 0, self.size, file), 1 << 16)


class _Decompressor(Protocol):
    """What the four have in common."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def unused_data(self) -> bytes:
        """What was given of what follows the stream."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return up to `max_length` bytes."""


def _decompressor(codec: str) -> _Decompressor:
    match codec:
        case "gz":
            return zlib.decompressobj(31)
        case "bz2":
            return bz2.BZ2Decompressor()
        case "zst":
            return zstd.ZstdDecompressor()
        case _:
            return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_LZMA_MEMORY)


@dataclass(slots=True)
class Expander:
    """What comes out of compressed streams; going back starts over.

    Attributes:
        codec: `gz`, `bz2`, `xz` or `zst`.
        file: at the start of the first stream.
    """

    codec: str
    file: IO[bytes]
    _stream: _Decompressor = field(init=False)
    _input: bytes = b""
    _position: int = 0

    def __post_init__(self) -> None:
        self._stream = _decompressor(self.codec)

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end.

        Raises:
            EOFError: a stream is cut off.
            OSError, zlib.error, lzma.LZMAError: damaged, or something else follows the last stream.
        """
        while True:
            if self._stream.eof and not self._next():
                return b""
            given = self._input or (self.file.read(_STEP) if self._hungry() else b"")
            if not given and self._hungry():
                raise EOFError("the compressed data is cut off")
            data = self._stream.decompress(given, size)
            self._input = self._stream.unconsumed_tail if isinstance(self._stream, _Zlib) else b""
            self._position += len(data)
            if data:
                return data

    def _hungry(self) -> bool:
        return isinstance(self._stream, _Zlib) or bool(getattr(self._stream, "needs_input", True))

    def _next(self) -> bool:
        """Begin the next stream, if there is one."""
        rest = self._stream.unused_data or self.file.read(_STEP)
        while self.codec not in _UNPADDED and rest and not rest.strip(b"\0"):
            rest = self.file.read(_STEP)
        if not rest:
            return False
        self._stream, self._input = (
            _decompressor(self.codec),
            rest if self.codec in _UNPADDED else rest.lstrip(b"\0"),
        )
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move to a place counted from the start."""
        del whence
        if offset < self._position:
            self.file.seek(0)
            self._stream, self._input, self._position = _decompressor(self.codec), b"", 0
        while self._position < offset and self.read(min(1 << 20, offset - self._position)):
            pass
        return self._position

    def close(self) -> None:
        """Keep the file open: who opened it closes it."""


_Zlib = type(zlib.decompressobj())


def peek(source: Source, codec: str, size: int) -> bytes:
    """Return the first bytes that come out of a compressed source; `b""` where damaged."""
    found = b""
    with source.open() as file:
        stream = Expander(codec, file)
        try:
            while len(found) < size and (piece := stream.read(size - len(found))):
                found += piece
        except DAMAGED:
            return b""
    return found


def expanded(source: Source, codec: str, context: ReadContext) -> Expanded:
    """Run through a compressed source once, to know its size and that it is sound and bounded.

    Raises:
        ArtifactUnreadable: it is damaged, has bytes behind its end, or exceeds a limit.
    """
    size = 0
    with source.open() as file:
        stream = Expander(codec, file)
        try:
            while piece := stream.read(1 << 20):
                size += len(piece)
                context.expand(len(piece))
                check_ratio(size, file.tell(), context)
        except DAMAGED as error:
            raise ArtifactUnreadable(f"the compressed data is damaged: {error}") from error
    return Expanded(source, codec, size)


def check_ratio(out: int, compressed: int, context: ReadContext) -> None:
    """Refuse data that expands suspiciously.

    Raises:
        ArtifactUnreadable: more than 64 MiB, and more than the limit's ratio.
    """
    if out > 64 << 20 and out > context.limits.ratio * max(compressed, 1):
        raise ArtifactUnreadable(f"it expands to more than {context.limits.ratio} times its size")


def inflated(data: bytes, most: int) -> bytes:
    """Return what a stream of zlib holds.

    Raises:
        ArtifactUnreadable: it is damaged, or holds more than `most` bytes.
    """
    stream = zlib.decompressobj()
    try:
        out = stream.decompress(data, most + 1)
    except zlib.error as error:
        raise ArtifactUnreadable(f"a chunk of it is damaged: {error}") from error
    if not stream.eof or stream.unused_data or len(out) > most:
        raise ArtifactUnreadable("a chunk of it is damaged: it expands to another size")
    return out


def streamed(codec: str, data: bytes, most: int) -> bytes:
    """Return what compressed data holds.

    Args:
        codec: `gz`, `bz2`, `xz` or `zst`.
        data: all of it.
        most: bytes that may come out.

    Raises:
        ArtifactUnreadable: it is damaged, or holds more.
    """
    stream, out = Expander(codec, io.BytesIO(data)), bytearray()
    try:
        while len(out) <= most and (piece := stream.read(most + 1 - len(out))):
            out += piece
    except DAMAGED as error:
        raise ArtifactUnreadable(f"a chunk of it is damaged: {error}") from error
    if len(out) > most:
        raise ArtifactUnreadable("a chunk of it is damaged: it expands to another size")
    return bytes(out)
