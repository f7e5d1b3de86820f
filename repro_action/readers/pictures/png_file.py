# SPDX-License-Identifier: Apache-2.0
"""PNG: pixels, mode and what changes how they look.

How the pixels were filtered and compressed is the container's. Large pictures are decoded some rows at a time
(`png_bands`) unless they are interlaced or have several samples a byte. Chunks that only tell about
the picture (`tEXt`, `tIME`, `pHYs`…) are excluded by the rule `png-metadata`; every other
chunk that is not understood is content. Source: the W3C's PNG specification.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import CHUNK, array_leaf, bytes_leaf
from repro_action.readers.pictures.decoding import opened
from repro_action.readers.pictures.png_bands import MAGIC, PngBands, png_chunk
from repro_action.readers.protocol import ReadContext, Source, size_text, too_large
from repro_action.readers.whole import SizeLimit, whole
from repro_action.tree import Excluded, Node, Tree, branch

RULE = "png-metadata"

_METADATA = {"tEXt", "zTXt", "iTXt", "tIME", "pHYs", "eXIf", "bKGD", "hIST", "sPLT"}
_TEXTS = {"tEXt", "zTXt", "iTXt"}
_DECODED = {"IHDR", "IDAT", "IEND"}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples a pixel, by colour type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    width: int
    height: int
    depth: int
    color: int
    interlaced: bool

    @property
    def row(self) -> int:
        """Bytes of a row of whole bytes a sample; of fewer bits, more than it has."""
        return self.width * _CHANNELS.get(self.color, 4) * (2 if self.depth == 16 else 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """A chunk; `content` is empty where it holds pixels."""

    name: str
    offset: int
    length: int
    content: bytes


class PngReader:
    """Reads the pixels of a picture."""

    name = "png"
    size_limit = SizeLimit(
        also="pixels where they are interlaced: {memory*2} decoded; chunks of others: {memory/4}"
    )

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number."""
        del source
        return head.startswith(MAGIC)

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Decode the picture.

        Raises:
            ArtifactUnreadable: damaged, or it must be decoded as a whole and is too large for that.
        """
        with source.open() as file:
            chunks = list(_chunks(file, context))
        picture = _picture(chunks)
        excluded: list[Excluded] = []
        children: dict[str, Node] = {}
        count: Counter[str] = Counter()
        for chunk in chunks:
            if chunk.name in _METADATA:
                path = _path(chunk.name, chunk.content)
                excluded.append(Excluded(path=_numbered(path, count), rule=RULE))
            elif chunk.name not in _DECODED:
                # Chunks of one name, such as the frames of an animation, keep their order.
                segment = _numbered(f"[{chunk.name!r}]", count)
                children[segment] = bytes_leaf(chunk.content, context)
        children[".pixels"] = _pixels(picture, source, chunks, context)
        mode = f"PNG color type {picture.color}, {picture.depth} bit"
        root = branch(children.items(), type=mode, algorithm=context.digester.algorithm)
        return Tree(format=self.name, root=root, excluded=tuple(excluded))


def _chunks(file: BinaryIO, context: ReadContext) -> Iterator[_Chunk]:
    file.seek(len(MAGIC))
    left = context.limits.memory // 4
    while start := file.read(8):
        offset, length, name = file.tell(), int.from_bytes(start[:4], "big"), start[4:].decode("latin-1")
        kept = name != "IDAT"
        left -= length + 256 if kept else 256
        if left < 0:
            raise too_large(
                f"its chunks up to {name!r} have more bytes", size_text(context.limits.memory // 4)
            )
        content, check = _summed(file, start[4:], length, kept=kept)
        if len(start) < 8 or content is None or len(found := file.read(4)) < 4:
            raise ArtifactUnreadable("the file is cut off inside a chunk")
        if check != int.from_bytes(found, "big"):
            raise ArtifactUnreadable("a chunk's checksum is wrong")
        yield _Chunk(name=name, offset=offset, length=length, content=content)
        if name == "IEND":
            break
    if file.read(1):
        raise ArtifactUnreadable("there are extra bytes after the end of the image")


def _summed(file: BinaryIO, name: bytes, length: int, *, kept: bool) -> tuple[bytes | None, int]:
    """Return a content if it is to be kept, None where it is cut off, and its checksum."""
    check, left, found = zlib.crc32(name), length, bytearray()
    while left and (data := file.read(min(left, 1 << 20))):
        check = zlib.crc32(data, check)
        left -= len(data)
        found += data if kept else b""
    return (None if left else bytes(found)), check


def _picture(chunks: list[_Chunk]) -> _Picture:
    if not chunks or chunks[0].name != "IHDR" or len(chunks[0].content) != 13 or chunks[-1].name != "IEND":
        raise ArtifactUnreadable("its first or last chunk is missing")
    header = chunks[0].content
    return _Picture(
        width=int.from_bytes(header[:4], "big"),
        height=int.from_bytes(header[4:8], "big"),
        depth=header[8],
        color=header[9],
        interlaced=header[12] != 0,
    )


def _path(name: str, content: bytes) -> str:
    """Return where a chunk of metadata is listed: by an attribute's name, where no chunk of content is."""
    if name not in _TEXTS:
        return name
    key = content.split(b"\0", 1)[0][:79].decode("latin-1")
    return f"{name}[{key!r}]"


def _numbered(path: str, count: Counter[str]) -> str:
    index = count[path]
    count[path] += 1
    return f"{path}[{index}]" if index else path


def _pixels(picture: _Picture, source: Source, chunks: list[_Chunk], context: ReadContext) -> Node:
    size = picture.height * picture.row
    deep = picture.depth == 16 and picture.color != 0
    animated = any(chunk.name == "acTL" for chunk in chunks)
    if size > CHUNK >= picture.row and picture.depth >= 8 and not (deep or animated or picture.interlaced):
        return _bands(picture, source, chunks).leaf(context)
    # The decoder holds the picture, and we a copy of it.
    if size > 2 * context.limits.memory:
        pixels = f"its {picture.width} x {picture.height} pixels cannot be decoded in pieces and take"
        raise too_large(f"{pixels} {size_text(size)}", size_text(2 * context.limits.memory))
    if deep:
        # Pillow keeps only eight of sixteen bits of colour: compare what it would decode from.
        return bytes_leaf(_inflate(picture, source, chunks), context)
    import numpy as np

    with opened(whole(source, context, copies=1), "PNG") as image:
        return array_leaf(np.asarray(image), context)


def _bands(picture: _Picture, source: Source, chunks: list[_Chunk]) -> PngBands:
    colors = [chunk for chunk in chunks if chunk.name in {"PLTE", "tRNS"}]
    return PngBands(
        source=source,
        places=tuple((chunk.offset, chunk.length) for chunk in chunks if chunk.name == "IDAT"),
        header=chunks[0].content,
        before=b"".join(png_chunk(chunk.name.encode("latin-1"), chunk.content) for chunk in colors),
        row=picture.row,
    )


def _inflate(picture: _Picture, source: Source, chunks: list[_Chunk]) -> bytes:
    size = picture.height * (1 + picture.width * _CHANNELS.get(picture.color, 4) * 2)
    stream, most, found = zlib.decompressobj(), size + 8 * picture.height + 64, bytearray()
    try:
        # Interlaced pictures have a filter byte for each row of each pass: at most seven times as many.
        for data in _bands(picture, source, chunks).compressed():
            if len(found) < most:
                found += stream.decompress(data, most - len(found))
    except zlib.error as error:
        raise ArtifactUnreadable("its pixels are damaged") from error
    return bytes(found)
