# SPDX-License-Identifier: Apache-2.0
"""Zip and tar archives, and single compressed files, each member read by the registry.

Content is what a folder's would be. Order, times, owners, compression and the other
permission bits are not. Nothing is ever extracted to disk.
"""

from __future__ import annotations

import stat
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.archives.members import Members
from repro_action.readers.archives.tar_headers import HeadersOnly
from repro_action.readers.bytes_file import read_bytes
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.sources import DAMAGED, CachedSource, RegionSource, SparseSource, ZipMember
from repro_action.readers.streams import check_ratio, codec_of, expanded, peek
from repro_action.readers.whole import SizeLimit
from repro_action.readers.zarr.zip_arrays import arrays_of
from repro_action.tree import Tree

_SMALL = 1 << 20
"""Members up to this size are expanded once and kept while they are read."""

_TARGET = 64 << 10
"""Bytes of a link's target at most; Linux allows 4,096."""


class ZipReader:
    """Reads `.zip` and its likes."""

    name = "zip"
    size_limit = SizeLimit(also="the directory of its members: {memory/16}")

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number of a first member, or of an empty archive."""
        del source
        return head.startswith((b"PK\3\4", b"PK\5\6"))

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every member.

        Raises:
            ArtifactUnreadable: the archive is damaged or encrypted, has unsafe names, or exceeds a limit.
        """
        members = Members(context)
        with open_zip(source, context) as archive:
            arrays = arrays_of(source, archive.infolist(), context)
        if "" in arrays.trees:
            return arrays.trees[""]
        for path, tree in arrays.trees.items():
            members.add(path, tree)
        for member in zip_members(source, context):
            if member.name in arrays.members or member.info.header_offset in arrays.stale:
                continue
            mode = member.info.external_attr >> 16
            if member.info.is_dir():
                if member.size:
                    raise ArtifactUnreadable(f"its folder {member.name[:80]!r} has content of its own")
                members.add_folder(member.name)
            elif stat.S_ISLNK(mode):
                members.add_link(member.name, _target(member))
            else:
                executable = member.info.create_system == 3 and bool(mode & stat.S_IXUSR)
                reason = arrays.reasons.get(member.name)
                tree = context.descend(member) if reason is None else read_bytes(member, context, reason)
                members.add(member.name, tree, executable=executable)
        return Tree(format=self.name, root=members.root(), excluded=tuple(members.excluded))


def _target(member: ZipMember) -> str:
    if member.size > _TARGET:
        raise ArtifactUnreadable(f"the target of its link {member.name[:80]!r} has {member.size} bytes")
    with member.open() as file:
        return file.read(member.size).decode("utf-8", "surrogateescape")


def first_member(head: bytes) -> bytes:
    """Return the name of the first member of a zip archive as far as `head` has it; else nothing."""
    length = int.from_bytes(head[26:28], "little")
    return head[30 : 30 + length] if head.startswith(b"PK\3\4") else b""


def zip_members(source: Source, context: ReadContext) -> Iterator[ZipMember]:
    """Yield the members of a zip archive in its order, checked against bombs and tricks.

    Small members are at hand without being expanded again until the next is asked for.

    Raises:
        ArtifactUnreadable: the archive is damaged or encrypted, its members overlap, or it exceeds a limit.
    """
    with open_zip(source, context) as archive:
        for info in archive.infolist():
            context.expand(info.file_size)
            member = ZipMember(source, info, info.filename)
            if info.file_size <= _SMALL:
                member.cache = archive.read(info)
            yield member
            member.cache = None


@contextmanager
def open_zip(source: Source, context: ReadContext) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive whose directory was checked.

    Raises:
        ArtifactUnreadable: the archive is damaged or encrypted, its members overlap, or it exceeds a limit.
    """
    with source.open() as file:
        try:
            _check_directory(file, source.size, context)
            with zipfile.ZipFile(file) as archive:
                _check_entries(archive.infolist(), source.size, context)
                yield archive
        except (
            NotImplementedError,
            RuntimeError,
            struct.error,
            OverflowError,
            *DAMAGED,
        ) as error:
            raise ArtifactUnreadable(f"the archive is damaged or encrypted: {str(error)[:200]}") from error


def _check_directory(file: BinaryIO, size: int, context: ReadContext) -> None:
    # zipfile makes an object of every entry before anyone can count them.
    tail_size = min(size, 22 + 65535)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < 22:
        raise ArtifactUnreadable("not a valid zip file: the central directory is missing or cut off")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    if tail[at - 20 : at - 16] == b"PK\6\7":
        file.seek(int.from_bytes(tail[at - 12 : at - 4], "little"))
        length = int.from_bytes(file.read(56)[40:48], "little")
    if length > context.limits.memory // 16:
        raise ArtifactUnreadable(f"the zip file's central directory is too large: {length} bytes")
    file.seek(0)


def _check_entries(entries: list[zipfile.ZipInfo], size: int, context: ReadContext) -> None:
    end = 0
    for info in sorted(entries, key=lambda entry: entry.header_offset):
        if info.header_offset < end or info.compress_size > size:
            raise ArtifactUnreadable("the archive's members overlap")
        end = info.header_offset + 30 + info.compress_size
        check_ratio(info.file_size, info.compress_size, context)
        if info.flag_bits & 1:
            raise ArtifactUnreadable("the archive is encrypted")
        if not info.filename:
            raise ArtifactUnreadable("a member has no name")


class TarReader:
    """Reads `.tar`, plain or compressed with gzip, bzip2, xz or Zstandard."""

    name = "tar"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Look for the magic number of the first header, within the compression if any."""
        codec = codec_of(head)
        start = peek(source, codec, 512) if codec else head
        return start[257:262] == b"ustar"

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every member.

        Raises:
            ArtifactUnreadable: the archive is damaged, has unsafe names, or exceeds a limit.
        """
        with source.open() as file:
            codec = codec_of(file.read(8))
        uncompressed = expanded(source, codec, context) if codec else source
        members = Members(context)
        with uncompressed.open() as file:
            try:
                guarded = HeadersOnly(file, uncompressed.size)
                with tarfile.open(fileobj=guarded, mode="r:") as archive:  # type: ignore[call-overload]  # typeshed asks for a whole BinaryIO
                    for info in archive:
                        _add(info, uncompressed, bool(codec), file, members)
                _check_end(file, archive.offset, context)
            except (tarfile.TarError, RecursionError, struct.error, OverflowError, *DAMAGED) as error:
                raise ArtifactUnreadable(f"the archive is damaged: {str(error)[:200]}") from error
        return Tree(format=self.name, root=members.root(), excluded=tuple(members.excluded))


def _add(info: tarfile.TarInfo, archive: Source, compressed: bool, file: BinaryIO, members: Members) -> None:
    if info.isdir():
        members.add_folder(info.name)
    elif info.issym():
        members.add_link(info.name, info.linkname)
    elif info.islnk():
        members.add_unread(info.name, "it is a hard link", info.linkname.encode("utf-8", "surrogateescape"))
    elif info.ischr() or info.isblk() or info.isfifo():
        device = f"{info.devmajor},{info.devminor}".encode()
        members.add_unread(info.name, "it is not a file, folder or link", info.type + device)
    elif info.type not in tarfile.REGULAR_TYPES:
        raise ArtifactUnreadable(f"its member {info.name[:80]!r} is of the unknown type {info.type!r}")
    else:
        blocks = _blocks(info, members.context)
        stored = sum(length for _, length in blocks) if blocks is not None else info.size
        if info.size < 0 or info.offset_data + stored > archive.size:
            raise ArtifactUnreadable("the archive is cut off inside a member")
        source: Source = RegionSource(archive, info.name, info.offset_data, stored)
        cached: CachedSource | None = None
        if compressed and stored <= 16 * _SMALL:
            file.seek(info.offset_data)
            cached = CachedSource(source, info.name, stored, file.read(stored))
            source = cached
        if blocks is not None:
            source = SparseSource(source, info.name, blocks, info.size)
        members.add(info.name, members.context.descend(source), executable=bool(info.mode & stat.S_IXUSR))
        if cached is not None:
            # Contents that are asked for again are expanded again.
            cached.cache = None


def _blocks(info: tarfile.TarInfo, context: ReadContext) -> tuple[tuple[int, int], ...] | None:
    """Return where the data of a sparse file lies; None for one without holes.

    Raises:
        ArtifactUnreadable: pieces overlap, or the holes make too much of too little.
    """
    if not info.issparse():
        return None
    found: list[tuple[int, int]] = info.sparse  # type: ignore[assignment]  # typeshed calls it bytes
    end = 0
    for offset, length in found:
        if not length:
            # A piece without data only says where the file ends.
            continue
        if offset < end or length < 0:
            raise ArtifactUnreadable(f"the pieces of its sparse file {info.name[:80]!r} overlap")
        end = offset + length
    if end > info.size:
        raise ArtifactUnreadable(f"its sparse file {info.name[:80]!r} has more data than it declares")
    context.expand(info.size)
    check_ratio(info.size, sum(length for _, length in found), context)
    return tuple((offset, length) for offset, length in found if length)


def _check_end(file: BinaryIO, offset: int, context: ReadContext) -> None:
    """Refuse what follows the last member, other than zeros: no reader of the format would show it."""
    file.seek(offset)
    while data := file.read(_SMALL):
        context.check_time()
        if data.strip(b"\0"):
            raise ArtifactUnreadable("there is data after the end of the archive")


class CompressedReader:
    """Reads a single compressed file; name and time in it are not content."""

    name = "compressed"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number."""
        del source
        return bool(codec_of(head))

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read what it holds; the tree is that of the content.

        Raises:
            ArtifactUnreadable: it is damaged, or exceeds a limit.
        """
        with source.open() as file:
            codec = codec_of(file.read(8))
        tree = context.descend(expanded(source, codec, context))
        return replace(tree, format=f"{codec} of {tree.format}")
