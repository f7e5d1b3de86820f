# SPDX-License-Identifier: Apache-2.0
"""joblib files, plain or compressed, and compressed pickles, read without executing them."""

from __future__ import annotations

from pathlib import PurePosixPath

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.pickle import read_node
from repro_action.readers.pickle.byproducts import drop_byproducts
from repro_action.readers.pickle.stream import compression, open_expanded
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Tree

_SUFFIXES = frozenset({".joblib", ".jl"})
_MAYBE = frozenset({".pkl", ".pickle", ".z"})
"""Names that joblib's files have too; only what is compressed is ours then."""


class JoblibReader:
    """Reads what `joblib.dump` wrote."""

    name = "joblib"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the extension, and by the compression where the extension is a pickle's too."""
        suffixes = {suffix.lower() for suffix in PurePosixPath(source.name).suffixes}
        if suffixes & _SUFFIXES:
            return head[:1] == b"\x80" or bool(compression(head)) or head.startswith(b"ZF")
        return bool(suffixes & _MAYBE) and bool(compression(head))

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Expand and read.

        Raises:
            ArtifactUnreadable: malformed, of a compression that is not supported, or beyond a limit.
        """
        with source.open() as file:
            head = file.read(16)
            file.seek(0)
            if head.startswith(b"ZF"):
                raise ArtifactUnreadable(
                    "the file was written by a joblib older than 0.10",
                    remedy="Load it and write it again with a current joblib.",
                )
            stream = open_expanded(file, source, head, context)
            root = read_node(stream, context)
            if compression(head):
                context.expand(stream.position)
        return drop_byproducts(Tree(format=self.name, root=root), context)
