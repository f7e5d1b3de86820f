# SPDX-License-Identifier: Apache-2.0
"""PDF: objects by number, their streams inflated; what is drawn is compared, not how a viewer would show it.

Where objects lie, lengths of streams and their compression are the container's. Dates and ids are left out by
rules. See ISO 32000-1, 7.3 and 7.5.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import dataclass

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import bytes_leaf, text_leaf
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole
from repro_action.tree import Excluded, Node, Tree, branch

DATES, IDS = "pdf-dates", "pdf-ids"
_OBJECT = re.compile(rb"\s*(\d{1,10}) (\d{1,5}) obj\b")
_END = re.compile(rb"\bendobj\b|\bstream\r?\n")
_LENGTH = re.compile(rb"/Length (\d{1,12})(?: (\d{1,5}) R)?")
_DATE = re.compile(rb"/(CreationDate|ModDate) ?\(D:\d{14}[Z0-9'+-]*\)")
_ID = re.compile(rb"/ID ?\[ ?(?:<[0-9A-Fa-f]*>|\([^()\\]{0,64}\)) ?(?:<[0-9A-Fa-f]*>|\([^()\\]{0,64}\)) ?\]")
_TIMESTAMP = re.compile(rb"(?<=>)\d{4}-\d\d-\d\dT[\d:.+Z-]+(?=<)")
_FLATE = re.compile(rb"/Filter ?\[? ?/FlateDecode ?\]?")
_MOST = 200_000


@dataclass(slots=True)
class _PdfObject:
    number: int
    text: bytes
    stream: bytes | None = None
    length: int = -1
    """Number of the object that has the stream's length, where it is not in the text."""


class PdfReader:
    """Reads PDF files that are not encrypted."""

    name = "pdf"
    size_limit = SizeLimit(copies=4, also="a stream, once it is inflated: {memory/4}")

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number."""
        del source
        return head.startswith(b"%PDF-")

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every object.

        Raises:
            ArtifactUnreadable: malformed, encrypted, or beyond a limit.
        """
        data = whole(source, context, copies=self.size_limit.copies)
        found, tail = _objects(data, context)
        if b"/Encrypt" in tail:
            raise ArtifactUnreadable("it is encrypted")
        lengths = {one.length for one in found}
        excluded: list[Excluded] = []
        children: list[tuple[str, Node]] = []
        count: Counter[int] = Counter()
        for one in found:
            if one.number in lengths and one.text.strip().isdigit():
                continue
            path = f"object[{one.number}]" + (f"#{count[one.number]}" if count[one.number] else "")
            count[one.number] += 1
            text = _cleaned(one.text, path, excluded)
            parts: list[tuple[str, Node]] = [(".text", text_leaf(text.decode("latin-1"), context))]
            if one.stream is not None:
                parts.append((".stream", _stream(one.stream, path, excluded, context)))
            children.append((f".{path}", branch(parts, algorithm=context.digester.algorithm)))
        rest = _cleaned(tail, "trailer", excluded)
        children.append((".trailer", text_leaf(rest.decode("latin-1"), context)))
        root = branch(children, type="pdf", algorithm=context.digester.algorithm)
        return Tree(format=self.name, root=root, excluded=tuple(excluded))


def _cleaned(text: bytes, path: str, excluded: list[Excluded]) -> bytes:
    excluded += [Excluded(path=f"{path}.{found[1].decode()}", rule=DATES) for found in _DATE.finditer(text)]
    text, ids = _ID.subn(b"", _DATE.sub(rb"/\1", text))
    excluded += [Excluded(path=f"{path}.ID", rule=IDS)] * bool(ids)
    return text


def _stream(data: bytes, path: str, excluded: list[Excluded], context: ReadContext) -> Node:
    if data.startswith(b"<?xpacket"):
        data, dates = _TIMESTAMP.subn(b"", data)
        excluded += [Excluded(path=f"{path}.stream", rule=DATES)] * bool(dates)
    try:
        return text_leaf(data.decode("ascii"), context)
    except UnicodeDecodeError:
        return bytes_leaf(data, context)


def _objects(data: bytes, context: ReadContext) -> tuple[list[_PdfObject], bytes]:
    """Return the objects in the order of the file, and what stands between them without tables of places."""
    found: list[_PdfObject] = []
    place = data.find(b"\n") + 1
    between: list[bytes] = [data[:place]]
    while place < len(data):
        head = _OBJECT.match(data, place)
        if head is None:
            following = re.compile(rb"(?<=[\r\n])\d{1,10} \d{1,5} obj\b").search(data, place)
            end = following.start() if following else len(data)
            between.append(data[place:end])
            place = end
            continue
        if len(found) > _MOST:
            raise ArtifactUnreadable(f"it has more than {_MOST} objects")
        context.check_time()
        one, place = _object(data, int(head[1]), head.end(), context)
        if one is not None:
            found.append(one)
    rest = b"".join(between)
    if b"%%EOF" not in rest:
        raise ArtifactUnreadable("it is cut off: its last line is missing")
    rest = re.sub(rb"\bxref\s+(?:\d+ \d+\s+(?:\d{10} \d{5} [nf]\s*)*)+|startxref\s+\d+", b"", rest)
    return found, rest


def _object(data: bytes, number: int, begin: int, context: ReadContext) -> tuple[_PdfObject | None, int]:
    end = _END.search(data, begin)
    if end is None:
        raise ArtifactUnreadable(f"its object {number} has no end")
    text = data[begin : end.start()]
    if end[0] == b"endobj":
        return _PdfObject(number, text), end.end()
    length = _LENGTH.search(text)
    if length is None:
        raise ArtifactUnreadable(f"the stream of its object {number} has no length")
    size, owner = int(length[1]), -1
    if length[2] is not None:
        owner = size
        stated = re.search(rb"(?<=[\r\n])%d \d{1,5} obj\s+(\d{1,12})\s+endobj" % owner, data)
        if stated is None:
            raise ArtifactUnreadable(f"the length of its object {number} is missing")
        size = int(stated[1])
    raw = data[end.end() : end.end() + size]
    close = re.compile(rb"\s*endstream\s+endobj\b").match(data, end.end() + size)
    if len(raw) != size or close is None:
        raise ArtifactUnreadable(
            f"the stream of its object {number} does not have the length that it declares"
        )
    text = _LENGTH.sub(b"", text)
    if re.search(rb"/Type ?/XRef\b", text):
        # A table of places, which is the container's; what a trailer says stands in its text.
        return _PdfObject(number, re.sub(rb"/(?:Index|W) ?\[[\d ]*\]|/Size \d+", b"", text), b""), close.end()
    if _FLATE.search(text) and b"/DecodeParms" not in text:
        raw = _inflated(raw, context)
        text = _FLATE.sub(b"", text)
    return _PdfObject(number, text, raw, owner), close.end()


def _inflated(raw: bytes, context: ReadContext) -> bytes:
    stream = zlib.decompressobj()
    most = context.limits.memory // 4
    try:
        out = stream.decompress(raw, most)
    except zlib.error as error:
        raise ArtifactUnreadable(f"a stream in it is damaged: {error}") from error
    context.expand(len(out))
    if not stream.eof:
        raise ArtifactUnreadable(f"a stream in it is cut off, or expands to more than {most} bytes")
    return out
