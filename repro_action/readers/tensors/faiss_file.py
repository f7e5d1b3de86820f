# SPDX-License-Identifier: Apache-2.0
"""Faiss's indices: flat, with ids, in inverted lists, and graphs (HNSW); vectors and ids are arrays.

Source: `faiss/impl/index_write.cpp` of facebookresearch/faiss. Other kinds, whose vectors are compressed, are
not read.
"""

from __future__ import annotations

import struct

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.cursor import FileCursor
from repro_action.readers.plain_values import ArrayRegion, value_tree
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Tree

_FLAT, _IDS, _LISTS, _GRAPHS = (b"IxF2", b"IxFI", b"IxFl"), (b"IxMp", b"IxM2"), (b"IwFl",), (b"IHNf",)
_DEPTH = 8

Index = dict[str, object]


class FaissReader:
    """Reads what `faiss.write_index` writes."""

    name = "faiss"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number, and a number that each index has at the same place."""
        del source
        is_supported = head.startswith(_FLAT + _IDS + _LISTS + _GRAPHS)
        return is_supported and head[16:32] == (1 << 20).to_bytes(8, "little") * 2

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every vector.

        Raises:
            ArtifactUnreadable: malformed, too large, or of a kind that is not supported.
        """
        with source.open() as file:
            cursor = FileCursor(source, file)
            table = _index(cursor, context, 0)
        if not cursor.at_end():
            raise ArtifactUnreadable("there are extra bytes after the index")
        return Tree(format=self.name, root=value_tree(table, context))


def _index(cursor: FileCursor, context: ReadContext, depth: int) -> Index:
    context.check_time()
    kind = cursor.take(4)
    if depth > _DEPTH:
        raise ArtifactUnreadable("its indices are nested too deep")
    table: Index = {"kind": kind.decode("latin-1")}
    table["dimensions"], table["count"] = cursor.number("i"), cursor.number("q")
    cursor.take(16)
    table["trained"], table["metric"] = cursor.number("B"), cursor.number("i")
    if table["metric"] not in {0, 1}:
        table["metric_argument"] = cursor.take(4)
    if kind in _FLAT:
        table["vectors"] = _vectors(cursor, table)
    elif kind in _IDS:
        table["index"] = _index(cursor, context, depth + 1)
        table["ids"] = _array(cursor, "<i8")
    elif kind in _LISTS:
        table |= _inverted(cursor, context, depth)
    elif kind in _GRAPHS:
        for name, dtype in _GRAPH:
            table[name] = _array(cursor, dtype)
        for name in ("entry_point", "max_level", "ef_construction", "ef_search"):
            table[name] = cursor.number("i")
        cursor.take(4)
        table["storage"] = _index(cursor, context, depth + 1)
    else:
        raise ArtifactUnreadable(f"an index of the kind {table['kind']!r} is not supported")
    return table


_GRAPH = (
    ("probabilities", "<f8"),
    ("neighbours_by_level", "<i4"),
    ("levels", "<i4"),
    ("offsets", "<u8"),
    ("neighbours", "<i4"),
)


def _array(cursor: FileCursor, dtype: str, count: int = -1, width: int = 0) -> ArrayRegion:
    """Return an array; its length stands before it unless it is given; `width` is that of a row."""
    length = count if count >= 0 else cursor.number("Q")
    nbytes = length * int(dtype[2:])
    offset = cursor.skip(nbytes)
    shape = (length // width, width) if width else (length,)
    return ArrayRegion(source=cursor.source, offset=offset, dtype=dtype, shape=shape, nbytes=nbytes)


def _vectors(cursor: FileCursor, table: Index) -> ArrayRegion:
    dimensions, length = table["dimensions"], cursor.number("Q")
    if not isinstance(dimensions, int) or dimensions < 1 or length % dimensions:
        raise ArtifactUnreadable("the size of its vectors is not a multiple of their number of dimensions")
    return _array(cursor, "<f4", length, dimensions)


def _sizes(cursor: FileCursor, lists: int) -> list[int]:
    count = cursor.number("Q")
    if count > 2 * lists:
        raise ArtifactUnreadable("its lists are malformed")
    return list(struct.unpack(f"<{count}Q", cursor.take(8 * count)))


def _inverted(cursor: FileCursor, context: ReadContext, depth: int) -> Index:
    lists = cursor.number("Q")
    # How many lists a search looks at is a setting of searches, kept here nevertheless.
    table: Index = {"lists_searched": cursor.number("Q"), "quantizer": _index(cursor, context, depth + 1)}
    if cursor.number("B"):
        raise ArtifactUnreadable("it has a map from ids to positions, which is not supported")
    table["map"] = _array(cursor, "<i8")
    if cursor.take(4) != b"ilar" or cursor.number("Q") != lists:
        raise ArtifactUnreadable("its lists are of a kind that is not supported")
    width, form = cursor.number("Q"), cursor.take(4)
    if (
        form not in {b"full", b"sprs"}
        or 4 * lists > cursor.source.size
        or width % 4
        or lists > context.limits.nodes
    ):
        raise ArtifactUnreadable("its lists are malformed")
    sizes = _sizes(cursor, lists)
    if form == b"sprs":
        if len(sizes) % 2:
            raise ArtifactUnreadable("its lists are malformed")
        pairs = dict(zip(sizes[::2], sizes[1::2], strict=True))
        sizes = [pairs.get(number, 0) for number in range(lists)]
    if len(sizes) != lists:
        raise ArtifactUnreadable("its lists are malformed")
    found: list[object] = []
    for size in sizes:
        vectors = _array(cursor, "<f4", size * width // 4, width // 4 if size else 0)
        found.append({"vectors": vectors, "ids": _array(cursor, "<i8", size)})
    table["lists"] = found
    return table
