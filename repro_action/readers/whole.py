# SPDX-License-Identifier: Apache-2.0
"""A source as a whole in memory: how large it may be, and its bytes or text."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import (
    SHARE,
    FileSource,
    Limits,
    ReadContext,
    Source,
    size_text,
    too_large,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLimit:
    """What bounds the files of a format; the table of docs/formats.md is made from it.

    Attributes:
        copies: how many times its size a file takes in memory; 0 where it is read in pieces.
        also: what else is bounded, in words: `{memory/4}` stands for a size, `{count/4}` for a number.
    """

    copies: int = 0
    also: str = ""


_ROOM = 8
"""Times the limit of memory that a file and what a reader makes of it may take."""

_OWN = 3
"""Times its size that a file on disk may take besides `limits.reading_memory`."""


def largest(limits: Limits, copies: int, *, on_disk: bool = True) -> int:
    """Return how many bytes a file may have that a reader holds as a whole.

    Args:
        limits: of reading.
        copies: how many times its size the reader needs in memory.
        on_disk: whether it is a file, not a part of an archive.
    """
    more = copies - _OWN if on_disk else copies
    return min(_ROOM * limits.memory // more if more > 0 else SHARE * limits.memory, SHARE * limits.memory)


def check_size(source: Source, context: ReadContext, *, copies: int) -> None:
    """Refuse a source that a reader cannot hold as a whole.

    Raises:
        ArtifactUnreadable: it is too large for that.
    """
    most = largest(context.limits, copies, on_disk=isinstance(source, FileSource))
    if source.size > most:
        raise too_large(f"it has {size_text(source.size)}", size_text(most))


def whole(source: Source, context: ReadContext, *, copies: int = 2) -> bytes:
    """Return all bytes of a source.

    Args:
        source: what to read.
        context: the limits.
        copies: how many times its size the reader needs in memory.

    Raises:
        ArtifactUnreadable: it is too large for that.
    """
    check_size(source, context, copies=copies)
    with source.open() as file:
        return file.read()


def whole_text(source: Source, context: ReadContext, *, copies: int = 6, encoding: str = "utf-8-sig") -> str:
    """Return all of a source as text.

    Args:
        source: what to read.
        context: the limits.
        copies: how many times its size the reader needs in memory.
        encoding: `utf-8-sig` leaves out a byte order mark, with `utf-8` it is content.

    Raises:
        ArtifactUnreadable: not UTF-8, or too large.
    """
    try:
        return whole(source, context, copies=copies).decode(encoding)
    except UnicodeDecodeError as error:
        raise ArtifactUnreadable("it is not valid UTF-8") from error
