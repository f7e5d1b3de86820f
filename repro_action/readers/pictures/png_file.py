# SPDX-License-Identifier: Apache-2.0
"""PNG: pixels, mode and what changes how they look.

How the pixels were filtered and compressed is the container's. Chunks that only tell about
the picture (`tEXt`, `tIME`, `pHYs`…) are excluded by the rule `png-metadata`; every other
chunk that is not understood is content. Source: the W3C's PNG specification.
"""

from __future__ import annotations

import io
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import array_leaf, bytes_leaf
from repro_action.readers.cursor import whole
from repro_action.readers.pictures.decoding import opened
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Excluded, Node, Tree, branch

MAGIC = b"\x89PNG\r\n\x1a\n"
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


class PngReader:
    """Reads the pixels of a picture."""

    name = "png"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number."""
        del source
        return head.startswith(MAGIC)

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Decode the picture.

        Raises:
            ArtifactUnreadable: damaged, or larger than fits into the limit of memory.
        """
        data = whole(source, context, copies=1)
        chunks = list(_chunks(io.BytesIO(data)))
        picture = _picture(chunks, context)
        excluded: list[Excluded] = []
        children: dict[str, Node] = {}
        count: Counter[str] = Counter()
        for name, content in chunks:
            if name in _METADATA:
                path = _path(name, content)
                excluded.append(Excluded(path=_numbered(path, count), rule=RULE))
            elif name not in _DECODED:
                # Chunks of one name, such as the frames of an animation, keep their order.
                children[_numbered(f"[{name!r}]", count)] = bytes_leaf(content, context)
        children[".pixels"] = _pixels(picture, data, chunks, context)
        mode = f"PNG color type {picture.color}, {picture.depth} bit"
        root = branch(children.items(), type=mode, algorithm=context.digester.algorithm)
        return Tree(format=self.name, root=root, excluded=tuple(excluded))


def _chunks(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    file.seek(len(MAGIC))
    while start := file.read(8):
        length = int.from_bytes(start[:4], "big")
        content, check = file.read(length), file.read(4)
        if len(start) < 8 or len(check) < 4:
            raise ArtifactUnreadable("the file is cut off inside a chunk")
        if zlib.crc32(content, zlib.crc32(start[4:])) != int.from_bytes(check, "big"):
            raise ArtifactUnreadable("a chunk's checksum is wrong")
        name = start[4:].decode("latin-1")
        yield name, content
        if name == "IEND":
            break
    if file.read(1):
        raise ArtifactUnreadable("there are extra bytes after the end of the image")


def _picture(chunks: list[tuple[str, bytes]], context: ReadContext) -> _Picture:
    if not chunks or chunks[0][0] != "IHDR" or len(chunks[0][1]) != 13 or chunks[-1][0] != "IEND":
        raise ArtifactUnreadable("its first or last chunk is missing")
    header = chunks[0][1]
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    depth, color = header[8], header[9]
    size = width * height * _CHANNELS.get(color, 4) * (2 if depth == 16 else 1)
    # The decoder holds the picture, and we a copy of it.
    if 2 * size > context.limits.memory:
        raise ArtifactUnreadable(f"{width} x {height} pixels do not fit into {context.limits.memory} bytes")
    return _Picture(width=width, height=height, depth=depth, color=color)


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


def _pixels(picture: _Picture, data: bytes, chunks: list[tuple[str, bytes]], context: ReadContext) -> Node:
    if picture.depth == 16 and picture.color != 0:
        # Pillow keeps only eight of sixteen bits of colour: compare what it would decode from.
        return bytes_leaf(_inflate(picture, chunks), context)
    import numpy as np

    with opened(data, "PNG") as image:
        return array_leaf(np.asarray(image), context)


def _inflate(picture: _Picture, chunks: list[tuple[str, bytes]]) -> bytes:
    size = picture.height * (1 + picture.width * _CHANNELS.get(picture.color, 4) * 2)
    stream = zlib.decompressobj()
    try:
        # Interlaced pictures have a filter byte for each row of each pass: at most seven times as many.
        return stream.decompress(
            b"".join(content for name, content in chunks if name == "IDAT"), size + 8 * picture.height + 64
        )
    except zlib.error as error:
        raise ArtifactUnreadable("its pixels are damaged") from error
