# SPDX-License-Identifier: Apache-2.0
"""Pickle files, of every protocol, read without executing them."""

from __future__ import annotations

from pathlib import PurePosixPath

from repro_action.readers.pickle import read_node
from repro_action.readers.pickle.byproducts import drop_byproducts
from repro_action.readers.pickle.stream import Stream
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Tree

_SUFFIXES = frozenset({".pkl", ".pickle", ".pck"})


_OLD_OPCODES = tuple(bytes([code]) for code in b"(]})cNIJKMLlFGVXUTS")


class PickleReader:
    """Reads one or more pickles in a file."""

    name = "pickle"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the first opcode, or the extension where protocols 0 and 1 have no such opcode."""
        if head[:1] == b"\x80":
            return len(head) > 1 and 2 <= head[1] <= 5
        suffix = PurePosixPath(source.name).suffix.lower()
        return suffix in _SUFFIXES and head[:1] in _OLD_OPCODES

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read one or more pickles.

        Raises:
            ArtifactUnreadable: malformed, or beyond a limit.
        """
        with source.open() as file:
            root = read_node(Stream(file, source.size, source=source), context)
        return drop_byproducts(Tree(format=self.name, root=root), context)
