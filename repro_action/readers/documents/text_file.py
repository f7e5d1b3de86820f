# SPDX-License-Identifier: Apache-2.0
"""Text in UTF-8 as one leaf; its dtype contains the number of lines. CR LF is content."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import replace

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import CHUNK, RegionPayload, stream_leaf
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Kind, Tree

_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13, 27}


class TextReader:
    """Reads any file whose start is text."""

    name = "text"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Decode the start; control characters other than white space and escape are not text."""
        if not head or not _CONTROLS.isdisjoint(head):
            return False
        try:
            # The head may end within a character.
            codecs.getincrementaldecoder("utf-8")().decode(head, final=source.size <= len(head))
        except UnicodeDecodeError:
            return False
        return True

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Digest the text.

        Raises:
            ArtifactUnreadable: not UTF-8 throughout.
        """
        return read_text(source, context)


def read_text(source: Source, context: ReadContext, reason: str = "") -> Tree:
    """Return one leaf over the text, and why no more telling reader could be used.

    Raises:
        ArtifactUnreadable: not UTF-8 throughout, or time is up.
    """
    characters, lines = 0, 0
    last = ""
    for piece in _decoded(source, context):
        characters += len(piece)
        lines += piece.count("\n")
        last = piece[-1:] or last
    lines += bool(last) and last != "\n"
    leaf = stream_leaf(
        source,
        offset=0,
        nbytes=source.size,
        dtype=f"utf-8, {lines} lines",
        shape=(characters,),
        context=context,
        kind=Kind.TEXT,
    )
    return Tree(format="text", root=replace(leaf, reason=reason), reason=reason)


def _decoded(source: Source, context: ReadContext) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in RegionPayload(source, 0, source.size).chunks(CHUNK):
            context.check_time()
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise ArtifactUnreadable("it is not valid UTF-8") from error
