# SPDX-License-Identifier: Apache-2.0
"""Sources that lie inside others: regions, sparse files, archive members."""

from __future__ import annotations

import bisect
import io
import itertools
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import Source

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
    """A part of a seekable file, as a file; closing it closes everything that it holds.

    Where it is the whole of the file (`whole`), the file's end is asked for as well.
    """

    def __init__(
        self, file: _Readable, start: int, length: int, *holders: _Closable, whole: bool = False
    ) -> None:
        super().__init__()
        self._whole = self._checked = whole
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
        if self._whole and self._position == self._length:
            self._check_end()
        return got

    def _check_end(self) -> None:
        # A zip member's checksum is compared where its end is noticed, which is one byte later.
        self._whole = False
        try:
            more = self._file.read(1)
        except DAMAGED as error:
            raise ArtifactUnreadable(f"the data is damaged: {str(error)[:200]}") from error
        if more:
            raise ArtifactUnreadable("the data is damaged: more comes out of it than it declares")

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
        at, self._position = min(self._position, self._length), max(base + offset, 0)
        target = min(self._position, self._length)
        if self._checked and target >= at:
            # `zipfile` gives up the checksum where it moves forward without reading (Python 3.13).
            while at < target and (skipped := self._file.read(min(1 << 16, target - at))):
                at += len(skipped)
        else:
            self._file.seek(self._start + target)
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
    """Bytes that lie unbroken in another source.

    Attributes:
        parent: that they lie in.
        name: as a file's.
        offset: of the first byte.
        size: in bytes.
    """

    parent: Source
    name: str
    offset: int
    size: int

    def open(self) -> BinaryIO:
        """Open the region."""
        return io.BufferedReader(Region(self.parent.open(), self.offset, self.size), 1 << 16)


@dataclass(slots=True)
class CachedSource:
    """Another source, whose bytes are in memory while it is read for the first time.

    Attributes:
        parent: the source.
        name, size: its own.
        cache: its bytes; None once they are let go.
    """

    parent: Source
    name: str
    size: int
    cache: bytes | None = field(repr=False)

    def open(self) -> BinaryIO:
        """Open the bytes, or the source."""
        return self.parent.open() if self.cache is None else io.BytesIO(self.cache)


@dataclass(frozen=True, slots=True)
class SparseSource:
    """A file with holes, which read as zeros.

    Attributes:
        parent: the data between the holes, end to end.
        name: of the file.
        blocks: `(offset, length)` of each piece of data; in order, and not overlapping.
        size: length with the holes.
    """

    parent: Source
    name: str
    blocks: tuple[tuple[int, int], ...]
    size: int

    def open(self) -> BinaryIO:
        """Open the file."""
        return io.BufferedReader(_Sparse(self), 1 << 16)


class _Sparse(io.RawIOBase):
    def __init__(self, source: SparseSource) -> None:
        super().__init__()
        self._source = source
        self._file = source.parent.open()
        self._starts = [offset for offset, _ in source.blocks]
        self._data = list(itertools.accumulate((length for _, length in source.blocks), initial=0))
        self._position = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # typeshed: any buffer
        length = min(len(buffer), self._source.size - self._position)
        if length <= 0:
            return 0
        index = bisect.bisect_right(self._starts, self._position) - 1
        inside = self._position - self._starts[index] if index >= 0 else 0
        left = self._source.blocks[index][1] - inside if index >= 0 else 0
        view = memoryview(buffer)
        if left > 0:
            self._file.seek(self._data[index] + inside)
            data = self._file.read(min(length, left))
            if not data:
                raise ArtifactUnreadable("the archive is cut off inside a member")
        else:
            following = self._starts[index + 1] if index + 1 < len(self._starts) else self._source.size
            data = bytes(min(length, following - self._position))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    @override
    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = (0, self._position, self._source.size)[whence]
        self._position = max(base + offset, 0)
        return self._position

    @override
    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


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
        """Open the member; the archive is opened anew, so nothing stays open.

        Raises:
            ArtifactUnreadable: the member is damaged, encrypted or compressed in an unknown way.
        """
        if self.cache is not None:
            return io.BytesIO(self.cache)
        file = self.archive.open()
        try:
            archive = zipfile.ZipFile(file)
            member = archive.open(self.info)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
            file.close()
            raise ArtifactUnreadable(f"the archive's member cannot be opened: {error}") from error
        return io.BufferedReader(Region(member, 0, self.size, archive, file, whole=True), 1 << 16)
