# SPDX-License-Identifier: Apache-2.0
"""Reading bytes of which a length field may lie."""

from __future__ import annotations

import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO, BinaryIO

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.pickle.stored import StoredBytes
from repro_action.readers.protocol import BytesSource, FileSource, ReadContext, Source
from repro_action.readers.sources import RegionSource
from repro_action.readers.streams import Expander

_FREE = 64 << 20
"""Expanded bytes that any compressed file may have, whatever its ratio."""
_LINE = 32 << 20
"""Length of a line at most; only protocol 0 has lines."""
_SMALL = 64 << 10
"""Bytes that are not worth to be read again."""
_KEPT = 256 << 20
"""Bytes of compressed arrays that stay in memory, so that a small file is expanded once."""
_LZMA_MEMORY = 96 << 20
"""Enough for the highest preset, which takes 65 MiB to expand."""


class _Raw(io.RawIOBase):
    """A function that yields at most so many bytes, as the raw file `io.BufferedReader` asks for."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # a read-only buffer never comes
        try:
            data = self._read(min(len(buffer), 1 << 20))
        except (zlib.error, lzma.LZMAError, EOFError) as error:
            raise OSError(str(error)) from error
        buffer[: len(data)] = data
        return len(data)


class Stream:
    """A file that answers a read in full or not at all.

    It has no `tell`, so that `pickletools.genops` asks for no positions.

    Args:
        file: what to read.
        bound: bytes that can come out of it at most; a longer read fails before anything is
            allocated.
        source: what `file` is the whole of, where any part of that can be read again.
        again: what opens another stream of the same bytes, where that means to start over.
    """

    def __init__(
        self,
        file: IO[bytes],
        bound: int,
        *,
        source: Source | None = None,
        again: Callable[[], AbstractContextManager[Stream]] | None = None,
    ) -> None:
        # `open` gives a BufferedReader; whatever else comes gets `peek` and `readinto` here.
        self._file = file if isinstance(file, io.BufferedReader) else io.BufferedReader(_Raw(file.read))
        self._bound = bound
        self.source = source if _at_hand(source) else None
        self.again = again
        self.position = 0
        self._kept = 0

    def read(self, size: int) -> bytes:
        """Read exactly `size` bytes.

        Raises:
            ArtifactUnreadable: there are fewer.
        """
        self.require(size)
        data = self._file.read(size)
        if len(data) != size:
            raise ArtifactUnreadable(f"the file is cut off at byte {self.position + len(data)}")
        self.position += size
        return data

    def readline(self) -> bytes:
        """Read up to and with the next newline.

        Raises:
            ArtifactUnreadable: the line is too long.
        """
        data = self._file.readline(min(_LINE, self._bound - self.position))
        self.position += len(data)
        if len(data) == _LINE:
            raise ArtifactUnreadable(f"byte {self.position}: a line of more than {_LINE >> 20} MiB")
        return data

    def read_into(self, buffer: memoryview) -> None:
        """Fill `buffer` without a copy in between.

        Raises:
            ArtifactUnreadable: there are fewer bytes.
        """
        done = 0
        while done < len(buffer):
            count = self._file.readinto(buffer[done : done + (1 << 24)])
            if not count:
                raise ArtifactUnreadable(f"the file is cut off at byte {self.position}")
            done += count
            self.position += count

    def keeps(self, size: int) -> bool:
        """Say whether the next `size` bytes may stay in memory; if so, they count from now on.

        Where their file is at hand, only small ones need to; else so many as make no odds.
        """
        if size < _SMALL or self._kept + size <= (0 if self.source is not None else _KEPT):
            self._kept += size
            return True
        return False

    def store(self, size: int) -> StoredBytes:
        """Pass over `size` bytes of the source without reading them.

        Raises:
            ArtifactUnreadable: there are fewer.
        """
        assert self.source is not None  # noqa: S101 -- the caller asked
        self.require(size)
        stored = StoredBytes(self.source, self.position, size)
        if self._file.seekable():
            self._file.seek(size, io.SEEK_CUR)
            self.position += size
        else:
            self.skip(size)
        return stored

    def pieces(self, nbytes: int, size: int) -> Iterator[memoryview]:
        """Yield the next `nbytes` bytes in views of one buffer: each is valid until the next is asked for."""
        buffer = memoryview(bytearray(min(size, max(nbytes, 1))))
        while nbytes:
            view = buffer[: min(size, nbytes)]
            self.read_into(view)
            yield view
            nbytes -= len(view)

    def skip(self, size: int) -> None:
        """Pass over exactly `size` bytes."""
        while size > 0:
            size -= len(self.read(min(size, 1 << 20)))

    def require(self, size: int) -> None:
        """Raise ArtifactUnreadable if `size` bytes cannot follow.

        Raises:
            ArtifactUnreadable: they cannot.
        """
        left = self._bound - self.position
        if size < 0 or size > left:
            raise ArtifactUnreadable(
                f"byte {self.position}: it asks for {size} bytes, but at most {left} can follow"
            )

    def at_end(self) -> bool:
        """Say whether nothing follows."""
        return not self._file.peek(1)


def _at_hand(source: Source | None) -> bool:
    """Whether any part of a source can be read without what comes before it."""
    while isinstance(source, RegionSource):
        source = source.parent
    return isinstance(source, FileSource | BytesSource)


def _zlib(file: BinaryIO) -> Callable[[int], bytes]:
    decompressor = zlib.decompressobj()

    def read(size: int) -> bytes:
        data = b""
        while not data and not decompressor.eof:
            source = decompressor.unconsumed_tail or file.read(1 << 16)
            if not source:
                raise EOFError("the compressed data is cut off")
            data = decompressor.decompress(source, size)
        if not data and (decompressor.unused_data or file.read(1)):
            raise EOFError("there are extra bytes after the compressed data")
        return data

    return read


def _lzma(file: BinaryIO) -> Callable[[int], bytes]:
    # `lzma.LZMAFile` would take no limit on the memory that a hostile header asks for.
    decompressor = lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)

    def read(size: int) -> bytes:
        data = b""
        while not data and not decompressor.eof:
            source = file.read(1 << 16) if decompressor.needs_input else b""
            if decompressor.needs_input and not source:
                raise EOFError("the compressed data is cut off")
            data = decompressor.decompress(source, size)
        if not data and (decompressor.unused_data or file.read(1)):
            raise EOFError("there are extra bytes after the compressed data")
        return data

    return read


def compression(head: bytes) -> str:
    """Name the compression that a file's first bytes announce; empty if none is known."""
    for name, (prefix, _) in _OPENERS.items():
        if head.startswith(prefix):
            return name
    return "lz4" if head.startswith(b"\x04\x22\x4d\x18") else ""


def open_expanded(file: BinaryIO, source: Source, head: bytes, context: ReadContext) -> Stream:
    """Open a file that may be compressed by any method that joblib knows.

    Args:
        file: at its start.
        source: what it is.
        head: its first bytes.
        context: limits on what comes out.

    Raises:
        ArtifactUnreadable: it is lz4, for which the standard library has no reader.
    """
    name = compression(head)
    if not name:
        return Stream(file, source.size, source=source)
    if name == "lz4":
        raise ArtifactUnreadable(
            "the file is compressed with lz4, which is not supported",
            remedy="Write it with another method, for instance joblib.dump(model, path, compress='zlib').",
        )
    expanded = io.BufferedReader(_Raw(_OPENERS[name][1](file)), 1 << 16)
    left = context.limits.expanded - context.meter.expanded
    bound = max(0, min(left, max(_FREE, context.limits.ratio * source.size)))

    @contextmanager
    def again() -> Iterator[Stream]:
        with source.open() as anew:
            yield Stream(io.BufferedReader(_Raw(_OPENERS[name][1](anew)), 1 << 16), bound)

    return Stream(expanded, bound, again=again)


def _streams(codec: str) -> Callable[[BinaryIO], Callable[[int], bytes]]:
    return lambda file: Expander(codec, file).read


_OPENERS: dict[str, tuple[bytes, Callable[[BinaryIO], Callable[[int], bytes]]]] = {
    "zlib": (b"\x78", _zlib),
    "gzip": (b"\x1f\x8b", _streams("gz")),
    "bz2": (b"BZ", _streams("bz2")),
    "xz": (b"\xfd7zXZ", _streams("xz")),
    "lzma": (b"\x5d\x00", _lzma),
}
