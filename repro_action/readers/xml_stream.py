# SPDX-License-Identifier: Apache-2.0
"""XML parsed in pieces by Expat: a document of any size takes the memory of its longest tag."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import ReadContext, Source, size_text, too_large

if TYPE_CHECKING:
    from pyexpat import XMLParserType

_PIECE = 1 << 20


def new_parser() -> XMLParserType:
    """Return a parser whose names carry their namespace ahead of a `}`, and that refuses a DOCTYPE."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def parse_xml(parser: XMLParserType, source: Source, context: ReadContext) -> None:
    """Give a parser all of a source.

    Raises:
        ArtifactUnreadable: not valid XML, with a DOCTYPE, with a tag that is too long, or time is up.
    """
    given, longest = 0, context.limits.memory // 4
    try:
        with source.open() as file:
            while piece := file.read(_PIECE):
                context.check_time()
                parser.Parse(piece, False)
                given += len(piece)
                if given - max(parser.CurrentByteIndex, 0) > longest:
                    raise too_large("a tag in it is longer", size_text(longest))
            parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        # An encoding may be unknown, or none of texts.
        raise ArtifactUnreadable(f"not valid XML: {error}") from error


def _refuse_doctype(*_: object) -> None:
    raise ArtifactUnreadable("it has a DOCTYPE, whose entities are not read")
