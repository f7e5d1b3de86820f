# SPDX-License-Identifier: Apache-2.0
"""Plain bytes: the reader of last resort, and the quickest comparison of two files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from repro_action.readers.arrays import fill, stream_leaf
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Kind, Tree

_STEP = 512 << 10

UNKNOWN = "no reader knows this format"


class BytesReader:
    """Reads anything as one leaf."""

    name = "bytes"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Say yes."""
        del source, head
        return True

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Digest the bytes."""
        return read_bytes(source, context, UNKNOWN)


def read_bytes(source: Source, context: ReadContext, reason: str) -> Tree:
    """Return one leaf over all bytes, and why nothing more telling could be made of them.

    Raises:
        ArtifactUnreadable: time is up.
    """
    size = source.size
    leaf = stream_leaf(
        source, offset=0, nbytes=size, dtype="", shape=(size,), context=context, kind=Kind.BYTES
    )
    return Tree(format="bytes", root=replace(leaf, reason=reason), reason=reason)


def same_bytes(one: Path, other: Path) -> bool:
    """Say whether two files hold the same bytes, reading no further than where they differ.

    Raises:
        OSError: a file cannot be read.
        ArtifactUnreadable: a file becomes shorter while it is read.
    """
    size = one.stat().st_size
    if size != other.stat().st_size:
        return False
    # Two small buffers stay in the CPU's cache; bytearray compares by memcmp, memoryview does not.
    left, right = bytearray(_STEP), memoryview(bytearray(_STEP))
    with one.open("rb", buffering=0) as first, other.open("rb", buffering=0) as second:
        while size:
            if size < len(left):
                left, right = bytearray(size), right[:size]
            fill(first.readinto, memoryview(left))
            fill(second.readinto, right)
            if left != right:
                return False
            size -= len(left)
    return True
