# SPDX-License-Identifier: Apache-2.0
"""Zarr's arrays (`.zarray`, or `zarr.json` of one) with their chunks: a folder, read as one leaf.

Chunks, shards, compression, the order of dimensions in a chunk, the element that was never written and the
version of the format are the container's. One with attributes is a branch, its elements are `[()]`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import (
    CHUNK,
    BytesPayload,
    array_leaf,
    key_segment,
    payload_leaf,
    stream_leaf,
    text_line,
)
from repro_action.readers.dtypes import TEXT
from repro_action.readers.json.parsing import json_value
from repro_action.readers.pieces import even
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import BytesSource, FileSource, ReadContext, Source, size_text, too_large
from repro_action.readers.whole import whole
from repro_action.readers.zarr.chunks import ChunkDecoder, grid, put
from repro_action.readers.zarr.layout import TEXTS, ZarrLayout, new_layout, old_layout
from repro_action.tree import Kind, Leaf, Node, branch

if TYPE_CHECKING:
    import numpy as np

OLD, NEW = ".zarray", "zarr.json"
_ATTRIBUTES = ".zattrs"
_META = 4 << 20
"""Bytes of metadata at most."""

_SLAB = 8
"""Times the limit of memory that chunks side by side may have."""


def array_of(folder: Path, context: ReadContext) -> str:
    """Return the name of the file that says that a folder is an array; `""` where it is none."""
    for name in (OLD, NEW):
        path = folder / name
        if path.is_file() and not path.is_symlink():
            return name if name == OLD or is_array(FileSource(path), context) else ""
    return ""


def is_array(source: Source, context: ReadContext) -> bool:
    """Say whether a `zarr.json` is that of an array; that of a group has the same name."""
    try:
        meta = parsed(source, context)
    except ArtifactUnreadable:
        return False
    return isinstance(meta, dict) and meta.get("node_type") == "array"


def files_below(folder: Path, context: ReadContext) -> dict[str, Source]:
    """Return every file below a folder by its path in it.

    Raises:
        ArtifactUnreadable: there is something else, or too many files.
    """
    found: dict[str, Source] = {}
    waiting = [(folder, "")]
    while waiting:
        at, prefix = waiting.pop()
        with os.scandir(at) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), f"{prefix}{entry.name}/"))
                elif entry.is_file(follow_symlinks=False):
                    found[prefix + entry.name] = FileSource(Path(entry.path))
                else:
                    raise ArtifactUnreadable(
                        f"{(prefix + entry.name)[:80]!r} in it is neither file nor folder"
                    )
        if len(found) + len(waiting) > context.limits.nodes:
            raise ArtifactUnreadable(f"it contains more than {context.limits.nodes} files")
    return found


def read_array(files: Mapping[str, Source], context: ReadContext) -> Node:
    """Return the leaf of an array, or a branch where it has attributes.

    Args:
        files: what lies under each key of the array.
        context: the limits.

    Raises:
        ArtifactUnreadable: malformed, made in a way that is not read, or with files that are no chunk.
    """
    left = dict(files)
    layout = _layout(left, context)
    chunks = _chunks(layout, left, context)
    if left:
        raise ArtifactUnreadable(f"{min(left)[:80]!r} in its folder is not one of its chunks")
    leaf = _leaf(ZarrElements(layout=layout, files=chunks, context=context), context)
    if not layout.attributes and layout.names is None:
        return leaf
    children: list[tuple[str, Node]] = [
        (f".attrs{key_segment(key)}", value_tree(value, context)) for key, value in layout.attributes.items()
    ]
    if layout.names is not None:
        children.append((".dimension_names", value_tree(layout.names, context)))
    children.append(("[()]", leaf))
    return branch(children, type="zarr.Array", algorithm=context.digester.algorithm)


def _layout(left: dict[str, Source], context: ReadContext) -> ZarrLayout:
    if NEW in left:
        return new_layout(parsed(left.pop(NEW), context))
    if OLD not in left:
        raise ArtifactUnreadable("it has no metadata")
    attributes = parsed(left.pop(_ATTRIBUTES), context) if _ATTRIBUTES in left else {}
    if not isinstance(attributes, dict):
        raise ArtifactUnreadable("its attributes are malformed")
    return old_layout(parsed(left.pop(OLD), context), attributes)


def parsed(source: Source, context: ReadContext) -> object:
    """Return the JSON of metadata.

    Raises:
        ArtifactUnreadable: not valid, too large, or with a key twice.
    """
    if source.size > _META:
        raise ArtifactUnreadable(f"its metadata has {source.size} bytes")
    return json_value(whole(source, context), called="its metadata is ")


def _chunks(
    layout: ZarrLayout, left: dict[str, Source], context: ReadContext
) -> dict[tuple[int, ...], Source]:
    """Return the files of the chunks, and take them out of `left`."""
    nbytes = math.prod(layout.shape) * layout.elements.plain.itemsize
    stored = sum(source.size for source in left.values())
    # What comes out of few bytes of files is bounded like what comes out of compressed data.
    if nbytes > 64 << 20 and nbytes > context.limits.ratio * stored:
        raise ArtifactUnreadable(f"an array declares {nbytes} bytes")
    context.expand(nbytes)
    found: dict[tuple[int, ...], Source] = {}
    made, each = 0, math.prod(layout.chunk) * layout.elements.plain.itemsize
    for index in grid(layout.shape, layout.chunk):
        source = left.pop(layout.key(index), None)
        if source is not None:
            # A chunk may be larger than the array.
            made += each
            if made > 64 << 20 and made > context.limits.ratio * stored:
                raise ArtifactUnreadable(f"its chunks declare {made} bytes")
            found[index] = source
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ZarrElements:
    """The elements of an array; those of chunks side by side, in all dimensions but the first, are in memory.

    Attributes:
        layout: of the array.
        files: of the chunks; others were never written. They are read again each time.
        context: the limits.
    """

    layout: ZarrLayout
    files: Mapping[tuple[int, ...], Source]
    context: ReadContext

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the content of plain elements; see `repro_action.tree.Payload`.

        Raises:
            ArtifactUnreadable: a chunk is malformed.
        """
        return even(self._contents(), size)

    def _contents(self) -> Iterator[bytes]:
        little = self.layout.elements.plain.newbyteorder("<")
        for slab in self.slabs():
            yield slab.astype(little, copy=False).tobytes()

    def slabs(self) -> Iterator[np.ndarray]:
        """Yield the elements, some rows at a time.

        Raises:
            ArtifactUnreadable: a chunk is malformed, or so many side by side are too large.
        """
        layout = self.layout
        decoder = ChunkDecoder(layout=layout, codecs=layout.codecs, context=self.context)
        if not layout.shape:
            yield self._slab((), (), [()], decoder)
            return
        step, (rows, *rest) = layout.chunk[0], layout.shape
        most = _SLAB * self.context.limits.memory
        nbytes = min(step, rows) * math.prod(rest) * layout.elements.plain.itemsize
        if nbytes > most:
            raise too_large(f"chunks of it that lie side by side have {size_text(nbytes)}", size_text(most))
        places = [*grid(tuple(rest), layout.chunk[1:])]
        for number in range(-(-rows // step)):
            shape = (min(step, rows - number * step), *rest)
            yield self._slab(shape, (number,), places, decoder)

    def whole(self) -> np.ndarray:
        """Return all elements.

        Raises:
            ArtifactUnreadable: as for `slabs`.
        """
        import numpy as np

        slabs = [*self.slabs()]
        if not slabs:
            return self.layout.empty(self.layout.shape)
        return np.concatenate(slabs) if self.layout.shape else slabs[0]

    def _slab(
        self,
        shape: tuple[int, ...],
        first: tuple[int, ...],
        places: Sequence[tuple[int, ...]],
        decoder: ChunkDecoder,
    ) -> np.ndarray:
        array = self.layout.empty(shape)
        for place in places:
            source = self.files.get((*first, *place))
            if source is not None:
                chunk = decoder.chunk(whole(source, self.context), self.layout.chunk)
                put(array, chunk, (*(0 for _ in first), *place), self.layout.chunk)
        return array


def _leaf(elements: ZarrElements, context: ReadContext) -> Leaf:
    layout = elements.layout
    if layout.elements.name == TEXTS:
        return _texts(elements, context)
    plain = layout.elements.plain
    if (
        math.prod(layout.shape) * plain.itemsize <= CHUNK
        or plain.names is not None
        or plain.shape
        or plain.char in "gG"
    ):
        array = elements.whole()
        if not layout.elements.name:
            return array_leaf(array, context)
        data = BytesSource("", array.tobytes())
        return stream_leaf(
            data, offset=0, nbytes=data.size, dtype=layout.elements.name, shape=array.shape, context=context
        )
    leaf = payload_leaf(
        elements,
        nbytes=math.prod(layout.shape) * plain.itemsize,
        dtype=layout.elements.name or plain.newbyteorder("<").str,
        shape=layout.shape,
        context=context,
    )
    return replace(leaf, payload=replace(elements, context=context.again()))


def _texts(elements: ZarrElements, context: ReadContext) -> Leaf:
    shape = elements.layout.shape
    texts = [str(text) for slab in elements.slabs() for text in slab.reshape(-1)]
    # One that was never written stands once in the file.
    if sum(map(len, texts)) + len(texts) > context.limits.memory // 4:
        raise ArtifactUnreadable("its strings have more characters than are allowed")
    content = b"".join(map(text_line, texts))
    digest = context.digester(Kind.ARRAY, content, dtype=TEXT, shape=shape)
    return Leaf(kind=Kind.ARRAY, digest=digest, dtype=TEXT, shape=shape, payload=BytesPayload(content))
