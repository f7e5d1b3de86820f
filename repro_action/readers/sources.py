# SPDX-License-Identifier: Apache-2.0
"""Sources that lie inside others: regions, archive members, decompressed streams."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import ReadContext, Source

if TYPE_CHECKING:
    from typing_extensions import override
else:

    def override(method: Callable[..., object]) -> Callable[..., object]:
        """Stand in for typing.override, which Python 3.11 lacks."""
        return method


class _Closable(Protocol):
    def close(self) -> None:
        """Close."""


class _Readable(_Closable, Protocol):
    """What archive members and decompressors have in common."""

    def read(self, size: int, /) -> bytes:
        """Read up to `size` bytes."""

    def seek(self, offset: int, whence: int = ..., /) -> int:
        """Move."""


DAMAGED = (EOFError, OSError, ValueError, lzma.LZMAError, zlib.error, zipfile.BadZipFile)
"""What decompressors raise on damaged data."""


class Region(io.RawIOBase):
    """A part of a seekable file, as a file; closing it closes everything that it holds."""

    def __init__(self, file: _Readable, start: int, length: int, *holders: _Closable) -> None:
        super().__init__()
        self._file = file
        self._start = start
        self._length = length
        self._holders = holders
        self._position = 0
        if start:
            file.seek(start)

    @override
    def readable(self) -> bool:
        """Say yes."""
        return True

    @override
    def seekable(self) -> bool:
        """Say yes."""
        return True

    @override
    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # typeshed: any buffer
        """Read into `buffer`.

        Raises:
            ArtifactUnreadable: the underlying compressed data is damaged.
        """
        length = min(len(buffer), self._length - self._position)
        if length <= 0:
            return 0
        try:
            got = self._fill(memoryview(buffer)[:length])
        except DAMAGED as error:
            raise ArtifactUnreadable(f"the data is damaged: {str(error)[:200]}") from error
        self._position += got
        return got

    def _fill(self, view: memoryview) -> int:
        direct = getattr(self._file, "readinto", None)
        if direct is not None:
            return int(direct(view) or 0)
        data = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)

    @override
    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move within the region."""
        base = (0, self._position, self._length)[whence]
        self._position = max(base + offset, 0)
        self._file.seek(self._start + min(self._position, self._length))
        return self._position

    @override
    def close(self) -> None:
        """Close the underlying file."""
        if not self.closed:
            for resource in (self._file, *self._holders):
                resource.close()
        super().close()


@dataclass(frozen=True, slots=True)
class RegionSource:
    """Bytes that lie unbroken in another source."""

    parent: Source
    name: str
    offset: int
    size: int

    def open(self) -> BinaryIO:
        """Open the region."""
        return io.BufferedReader(Region(self.parent.open(), self.offset, self.size), 1 << 16)


@dataclass(slots=True)
class ZipMember:
    """A member of a zip archive.

    Attributes:
        archive: what contains it.
        info: its entry.
        name: its name in the archive.
        cache: its bytes while the archive is being read.
    """

    archive: Source
    info: zipfile.ZipInfo
    name: str
    cache: bytes | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """Length in bytes once expanded; `zipfile` yields no more than this."""
        return self.info.file_size

    def open(self) -> BinaryIO:
        """Open the member; the archive is opened anew, so nothing stays open."""
        if self.cache is not None:
            return io.BytesIO(self.cache)
        file = self.archive.open()
        try:
            archive = zipfile.ZipFile(file)
            member = archive.open(self.info)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
            file.close()
            raise ArtifactUnreadable(f"the archive's member cannot be opened: {error}") from error
        return io.BufferedReader(Region(member, 0, self.size, archive, file), 1 << 16)


_SUFFIXES = {"gz": (".gz", ".gzip"), "bz2": (".bz2",), "xz": (".xz", ".lzma")}
_MAGIC = {"gz": b"\x1f\x8b\x08", "bz2": b"BZh", "xz": b"\xfd7zXZ\0"}


def codec_of(head: bytes) -> str:
    """Name the compression whose magic number `head` starts with, or `""`."""
    return next((codec for codec, magic in _MAGIC.items() if head.startswith(magic)), "")


@dataclass(frozen=True, slots=True)
class Expanded:
    """What comes out of a compressed stream; make it with `expanded`.

    Attributes:
        parent: the compressed source.
        codec: `gz`, `bz2` or `xz`.
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
        return io.BufferedReader(Region(_decompressor(self.codec, file), 0, self.size, file), 1 << 16)


def _decompressor(codec: str, file: BinaryIO) -> _Readable:
    match codec:
        case "gz":
            return gzip.GzipFile(fileobj=file, mode="rb")
        case "bz2":
            return bz2.BZ2File(file)
        case _:
            return lzma.LZMAFile(file)


def peek(source: Source, codec: str, size: int) -> bytes:
    """Return the first bytes that come out of a compressed source; `b""` where damaged."""
    with source.open() as file:
        stream = _decompressor(codec, file)
        try:
            return stream.read(size)
        except DAMAGED:
            return b""
        finally:
            stream.close()


def expanded(source: Source, codec: str, context: ReadContext) -> Expanded:
    """Run through a compressed source once, to know its size and that it is sound and bounded.

    Raises:
        ArtifactUnreadable: it is damaged, or exceeds a limit.
    """
    size = 0
    with source.open() as file:
        stream = _decompressor(codec, file)
        try:
            while piece := stream.read(1 << 20):
                size += len(piece)
                context.expand(len(piece))
                check_ratio(size, file.tell(), context)
        except DAMAGED as error:
            raise ArtifactUnreadable(f"the compressed data is damaged: {error}") from error
        finally:
            stream.close()
    return Expanded(source, codec, size)


def check_ratio(out: int, compressed: int, context: ReadContext) -> None:
    """Refuse data that expands suspiciously.

    Raises:
        ArtifactUnreadable: more than 64 MiB, and more than the limit's ratio.
    """
    if out > 64 << 20 and out > context.limits.ratio * max(compressed, 1):
        raise ArtifactUnreadable(f"it expands to more than {context.limits.ratio} times its size")
