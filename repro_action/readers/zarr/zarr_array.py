# SPDX-License-Identifier: Apache-2.0
"""Zarr's arrays (`.zarray`, or `zarr.json` of one) with their chunks: a folder, read as one leaf.

Chunks, shards, compression, the order of dimensions in a chunk, the element that was never written and the
version of the format are the container's. One with attributes is a branch, its elements are `[()]`.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import BytesPayload, array_leaf, key_segment, stream_leaf, text_line
from repro_action.readers.cursor import whole
from repro_action.readers.dtypes import TEXT
from repro_action.readers.json.parsing import unique_keys
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import BytesSource, FileSource, ReadContext, Source
from repro_action.readers.zarr.chunks import ChunkDecoder, grid, put
from repro_action.readers.zarr.layout import TEXTS, Elements, ZarrLayout, new_layout, old_layout
from repro_action.tree import Kind, Leaf, Node, branch

if TYPE_CHECKING:
    import numpy as np

OLD, NEW = ".zarray", "zarr.json"
_ATTRIBUTES = ".zattrs"
_META = 4 << 20
"""Bytes of metadata at most."""


def array_of(folder: Path, context: ReadContext) -> str:
    """Return the name of the file that says that a folder is an array; `""` where it is none."""
    for name in (OLD, NEW):
        path = folder / name
        if path.is_file() and not path.is_symlink():
            return name if name == OLD or _is_array(FileSource(path), context) else ""
    return ""


def _is_array(source: Source, context: ReadContext) -> bool:
    try:
        meta = parsed(source, context)
    except ArtifactUnreadable:
        return False
    # A group's has the same name.
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
    array = _filled(layout, left, context)
    if left:
        raise ArtifactUnreadable(f"{min(left)[:80]!r} in its folder is not one of its chunks")
    leaf = _leaf(array, layout.elements, context)
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
    try:
        return json.loads(whole(source, context), object_pairs_hook=unique_keys)
    except (ValueError, RecursionError) as error:
        raise ArtifactUnreadable(f"its metadata is not valid JSON: {str(error)[:200]}") from error


def _filled(layout: ZarrLayout, left: dict[str, Source], context: ReadContext) -> np.ndarray:
    """Return the elements, and take the files that they lie in out of `left`."""
    nbytes = math.prod(layout.shape) * layout.elements.plain.itemsize
    stored = sum(source.size for source in left.values())
    # What comes out of few bytes of files is bounded like what comes out of compressed data.
    if nbytes > 64 << 20 and nbytes > context.limits.ratio * stored:
        raise ArtifactUnreadable(f"an array declares {nbytes} bytes")
    context.expand(nbytes)
    array = layout.empty(layout.shape)
    decoder = ChunkDecoder(layout=layout, codecs=layout.codecs, context=context)
    made, each = 0, math.prod(layout.chunk) * layout.elements.plain.itemsize
    for index in grid(layout.shape, layout.chunk):
        source = left.pop(layout.key(index), None)
        if source is not None:
            # A chunk may be larger than the array.
            made += each
            if made > 64 << 20 and made > context.limits.ratio * stored:
                raise ArtifactUnreadable(f"its chunks declare {made} bytes")
            put(array, decoder.chunk(whole(source, context), layout.chunk), index, layout.chunk)
    return array


def _leaf(array: np.ndarray, elements: Elements, context: ReadContext) -> Leaf:
    if elements.name == TEXTS:
        texts = [str(text) for text in array.reshape(-1)]
        # One that was never written stands once in the file.
        if sum(map(len, texts)) + len(texts) > context.limits.memory // 4:
            raise ArtifactUnreadable("its strings have more characters than are allowed")
        content = b"".join(map(text_line, texts))
        digest = context.digester(Kind.ARRAY, content, dtype=TEXT, shape=array.shape)
        return Leaf(
            kind=Kind.ARRAY, digest=digest, dtype=TEXT, shape=array.shape, payload=BytesPayload(content)
        )
    if not elements.name:
        return array_leaf(array, context)
    data = BytesSource("", array.tobytes())
    return stream_leaf(
        data, offset=0, nbytes=data.size, dtype=elements.name, shape=array.shape, context=context
    )
