# SPDX-License-Identifier: Apache-2.0
"""OCDBT, the database of keys that Orbax and TensorStore keep arrays in.

The newest version is read; the roots of older ones, and of the database that each process wrote before all
were joined, must be there. What they hold besides, free space, ids, times and check sums are the
container's. Source: "Storage format" in https://google.github.io/tensorstore/kvstore/ocdbt/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.cursor import Cursor
from repro_action.readers.protocol import BytesSource, ReadContext, Source
from repro_action.readers.sources import RegionSource
from repro_action.readers.streams import check_ratio, streamed
from repro_action.readers.whole import whole

MANIFEST = "manifest.ocdbt"
_MANIFEST, _TREE = b"\x0c\xdb\x3a\x2a", b"\x0c\xdb\x20\xde"
_NODE = 16 << 20
"""Bytes of a node at most; TensorStore makes none above 8 MiB unless it is asked to."""

_ENTRIES = 250_000
"""Keys or files of a node at most."""

_NAME = 4096
"""Bytes of a key or path; each may be as long as the one before and take three bytes."""

_HEIGHT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file by its path, and what the paths start with that its own nodes name."""

    path: str
    base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reference:
    """Bytes of a file."""

    file: _File
    offset: int
    length: int


@dataclass(slots=True)
class OcdbtCursor(Cursor):
    """A place in the body of a node."""

    base: str = field(default="", kw_only=True)
    named: int = field(default=0, kw_only=True)

    def varint(self) -> int:
        """Return the next number, seven bits a byte.

        Raises:
            ArtifactUnreadable: it is malformed or cut off.
        """
        value = shift = 0
        while True:
            byte = self.number("B")
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise ArtifactUnreadable("a number in it is malformed")

    def varints(self, count: int) -> list[int]:
        """Return the next numbers."""
        return [self.varint() for _ in range(self.checked(count))]

    def checked(self, count: int) -> int:
        """Return a number of entries, each of which takes a byte at least.

        Raises:
            ArtifactUnreadable: it has no room for them.
        """
        if count > min(len(self.data) - self.place, _ENTRIES):
            raise ArtifactUnreadable("a node declares more than it has")
        return count

    def files(self) -> list[_File]:
        """Return the files that a node names."""
        count = self.varint()
        prefixes = [0, *self.varints(count - 1)] if count else []
        suffixes, bases = self.varints(count), self.varints(count)
        found, last = [], b""
        for prefix, suffix, base in zip(prefixes, suffixes, bases, strict=True):
            last = self._continued(prefix, last, suffix)
            path = self.base + last.decode("utf-8", "surrogateescape")
            found.append(_File(path=path, base=self.base + last[:base].decode("utf-8", "surrogateescape")))
        return found

    def keys(self, count: int, *, shared: bool) -> tuple[list[bytes], list[int]]:
        """Return the keys of a node; where `shared`, also how much of each its subtree has in common."""
        prefixes = [0, *self.varints(count - 1)] if count else []
        suffixes = self.varints(count)
        common = self.varints(count) if shared else []
        found, last = [], b""
        for prefix, suffix in zip(prefixes, suffixes, strict=True):
            last = self._continued(prefix, last, suffix)
            found.append(last)
        return found, common

    def _continued(self, length: int, last: bytes, more: int) -> bytes:
        """Return so many bytes of the name before, and as many more."""
        if length > len(last) or length + more > _NAME:
            raise ArtifactUnreadable("a key in it is malformed, or too long")
        found = last[:length] + self.take(more)
        self.named += len(found)
        if self.named > _NODE:
            raise ArtifactUnreadable("the keys of a node are too long")
        return found


def read_database(files: Mapping[str, Source], context: ReadContext) -> dict[str, Source]:
    """Return what lies under each key.

    Args:
        files: the database's, by their paths.
        context: the limits.

    Raises:
        ArtifactUnreadable: malformed, a file is missing, or it is kept in a way that is not read.
    """
    tree = _KeyTree(files=files, context=context)
    versions = _manifest(tree, MANIFEST)
    others = [name for name in sorted(files) if name.endswith("/" + MANIFEST)]
    older = [*versions[:-1], *(one for name in others for one in _manifest(tree, name))]
    for root, height in dict.fromkeys(older):
        tree.opened(root, height)
    for root, height in versions[-1:]:
        tree.node(root, height, b"")
    return tree.found


def _manifest(tree: _KeyTree, name: str) -> list[tuple[_Reference, int]]:
    """Return the root of each version and its height, the newest last."""
    data = whole(tree.files[name], tree.context)
    cursor = tree.body(data, _MANIFEST, base=name.removesuffix(MANIFEST))
    cursor.take(16)
    kind = cursor.varints(3)[0]
    cursor.take(1)
    method = cursor.varint()
    if kind or method > 1:
        raise ArtifactUnreadable(f"its manifest is of the kind {kind}, {method}, which is not supported")
    cursor.take(4 * method)
    files = cursor.files()
    count = cursor.checked(cursor.varint())
    if not count:
        raise ArtifactUnreadable("its manifest names no version")
    cursor.varints(count)
    heights = [cursor.number("B") for _ in range(count)]
    ids, offsets, lengths = (cursor.varints(count) for _ in range(3))
    return [
        (_Reference(file=_file(files, number), offset=offset, length=length), height)
        for number, offset, length, height in zip(ids, offsets, lengths, heights, strict=True)
    ]


def _file(files: list[_File], number: int) -> _File:
    if number >= len(files):
        raise ArtifactUnreadable("a node names a file that it does not have")
    return files[number]


@dataclass(slots=True, kw_only=True)
class _KeyTree:
    """The tree of keys, each of whose nodes is read once."""

    files: Mapping[str, Source]
    context: ReadContext
    found: dict[str, Source] = field(default_factory=dict)
    done: set[tuple[str, int]] = field(default_factory=set)
    made: int = 0
    stored: int = 0

    def body(self, data: bytes, magic: bytes, base: str) -> OcdbtCursor:
        """Return the body of a manifest or node."""
        head = OcdbtCursor(data)
        if head.take(4) != magic or head.number("Q") != len(data) or head.varint():
            raise ArtifactUnreadable("a node of it is malformed, or of a later version of its format")
        compression = head.varint()
        body = data[head.place : -4]
        if compression > 1:
            raise ArtifactUnreadable(f"a node is compressed in the way {compression}, which is not supported")
        if compression:
            body = streamed("zst", body, min(_NODE, self.context.limits.memory))
        self.context.expand(len(body))
        self.made, self.stored = self.made + len(body), self.stored + len(data)
        check_ratio(self.made, self.stored, self.context)
        return OcdbtCursor(body, base=base)

    def source(self, reference: _Reference) -> Source:
        """Return bytes of a file."""
        parent = self.files.get(reference.file.path)
        if parent is None:
            raise ArtifactUnreadable(f"its file {reference.file.path[:80]!r} is missing")
        if reference.offset + reference.length > parent.size:
            raise ArtifactUnreadable(f"its file {reference.file.path[:80]!r} is cut off")
        return RegionSource(parent, "", reference.offset, reference.length)

    def opened(self, reference: _Reference, height: int) -> OcdbtCursor:
        """Return a node behind its height."""
        self.context.check_time()
        cursor = self.body(whole(self.source(reference), self.context), _TREE, reference.file.base)
        if cursor.number("B") != height:
            raise ArtifactUnreadable("the height of a node does not match its parent")
        return cursor

    def node(self, reference: _Reference, height: int, prefix: bytes) -> None:
        """Collect what lies below a node."""
        place = (reference.file.path, reference.offset)
        if place in self.done or height > _HEIGHT or len(self.found) > self.context.limits.nodes:
            raise ArtifactUnreadable("its nodes refer to each other, or it has too many keys")
        self.done.add(place)
        cursor = self.opened(reference, height)
        files, count = cursor.files(), cursor.varint()
        if height:
            self._inner(cursor, files, count, height, prefix)
        else:
            self._leaf(cursor, files, count, prefix)

    def _inner(self, cursor: OcdbtCursor, files: list[_File], count: int, height: int, prefix: bytes) -> None:
        keys, common = cursor.keys(count, shared=True)
        ids, offsets, lengths = (cursor.varints(count) for _ in range(3))
        for key, shared, number, offset, length in zip(keys, common, ids, offsets, lengths, strict=True):
            below = _Reference(file=_file(files, number), offset=offset, length=length)
            self.node(below, height - 1, prefix + key[:shared])

    def _leaf(self, cursor: OcdbtCursor, files: list[_File], count: int, prefix: bytes) -> None:
        keys, _ = cursor.keys(count, shared=False)
        lengths, kinds = cursor.varints(count), cursor.varints(count)
        outside = [number for number, kind in enumerate(kinds) if kind]
        ids, offsets = cursor.varints(len(outside)), cursor.varints(len(outside))
        places = dict(zip(outside, zip(ids, offsets, strict=True), strict=True))
        for number, (key, length) in enumerate(zip(keys, lengths, strict=True)):
            name = (prefix + key).decode("utf-8", "surrogateescape")
            if name in self.found or kinds[number] > 1:
                raise ArtifactUnreadable("a key in it is malformed or appears twice")
            if number in places:
                where = _Reference(
                    file=_file(files, places[number][0]), offset=places[number][1], length=length
                )
                self.found[name] = self.source(where)
            else:
                self.found[name] = BytesSource("", cursor.take(length))
        if not cursor.at_end():
            raise ArtifactUnreadable("there are extra bytes after the entries of a node")
