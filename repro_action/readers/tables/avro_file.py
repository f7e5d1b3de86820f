# SPDX-License-Identifier: Apache-2.0
"""Avro's files: one leaf a column, as in Parquet.

Blocks, compression, the mark between blocks and what the schema says besides names and types are the
container's. Source: "Object Container Files" in the Avro specification 1.11.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import array_leaf, name_segment, text_leaf
from repro_action.readers.cursor import Cursor
from repro_action.readers.json.parsing import json_value
from repro_action.readers.lempel_ziv import decompress, snappy_size
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.streams import streamed
from repro_action.readers.tables.avro_meanings import Meanings
from repro_action.readers.tables.avro_values import AvroParser, fields
from repro_action.readers.tables.columns import column
from repro_action.readers.whole import SizeLimit, whole
from repro_action.tree import Node, Tree, branch

_MAGIC = b"Obj\1"
_STREAMS = {"bzip2": "bz2", "xz": "xz", "zstandard": "zst"}


class AvroReader:
    """Reads `.avro` files."""

    name = "avro"
    size_limit = SizeLimit(copies=3, also="what its blocks expand to: {memory*4}")

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number."""
        del source
        return head.startswith(_MAGIC)

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every record.

        Raises:
            ArtifactUnreadable: malformed, or beyond a limit.
        """
        parser = AvroParser(
            Cursor(whole(source, context, copies=self.size_limit.copies), len(_MAGIC)), context
        )
        meta = parser.value({"type": "map", "values": "bytes"}, 0)
        if not isinstance(meta, dict) or not isinstance(meta.get("avro.schema"), bytes):
            raise ArtifactUnreadable("it has no schema")
        schema = json_value(meta["avro.schema"], called="its schema is ")
        parser.define(schema)
        meanings = Meanings(parser.types)
        rows = [value for block in _blocks(parser, meta) for value in _values(parser, schema, block)]
        more = {key: value for key, value in meta.items() if not key.startswith("avro.")}
        return Tree(format=self.name, root=_tree(schema, rows, more, (meanings, context)))


def _blocks(parser: AvroParser, meta: Mapping[str, bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the number of values and the content of each block."""
    codec = meta.get("avro.codec", b"null").decode("utf-8", "replace")
    cursor, left = parser.cursor, 4 * parser.context.limits.memory
    mark = cursor.take(16)
    while not cursor.at_end():
        count, size = parser.long(), parser.long()
        data = _expanded(codec, cursor.take(size), left, parser.context)
        # Values of bytes and texts stay in memory until all columns are made.
        left -= len(data)
        if cursor.take(16) != mark:
            raise ArtifactUnreadable("a block of it does not end where it should")
        yield count, data


def _expanded(codec: str, data: bytes, most: int, context: ReadContext) -> bytes:
    if codec == "deflate":
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            out = stream.decompress(data, most + 1)
        except zlib.error as error:
            raise ArtifactUnreadable(f"a block of it is damaged: {error}") from error
        # fastavro leaves bytes of zlib's check sum behind the stream.
        if not stream.eof or len(stream.unused_data) > 4 or len(out) > most:
            raise ArtifactUnreadable("a block of it is damaged, or expands to more than is allowed")
    elif codec == "snappy":
        # A sum of what comes out follows.
        out = decompress("snappy", data[:-4], snappy_size(data, most))
        if zlib.crc32(out) != int.from_bytes(data[-4:], "big"):
            raise ArtifactUnreadable("a block of it is damaged: its checksum is wrong")
    elif codec in _STREAMS:
        out = streamed(_STREAMS[codec], data, most)
    elif codec == "null":
        return data
    else:
        raise ArtifactUnreadable(f"its blocks are compressed with {codec[:40]!r}, which is not supported")
    context.expand(len(out))
    return out


def _values(parser: AvroParser, schema: object, block: tuple[int, bytes]) -> list[object]:
    count, data = block
    if not 0 <= count <= max(len(data), 1):
        raise ArtifactUnreadable("a block declares more values than it has bytes")
    inner = AvroParser(Cursor(data), parser.context, parser.nodes, parser.types)
    found = [inner.value(schema, 0) for _ in range(count)]
    inner.check_end()
    parser.nodes = inner.nodes
    return found


def _tree(
    schema: object, rows: list[object], more: Mapping[str, object], means: tuple[Meanings, ReadContext]
) -> Node:
    children: list[tuple[str, Node]] = []
    context = means[1]
    if isinstance(schema, dict) and schema.get("type") == "record" and fields(schema):
        for one in fields(schema):
            name = one.get("name")
            if not isinstance(name, str) or not name:
                raise ArtifactUnreadable("its schema has a field without a name")
            cells = [row[name] for row in rows if isinstance(row, dict)]
            children.append((name_segment(name), _typed(cells, one.get("type"), means)))
    else:
        children = [("[*]", _typed(rows, schema, means))]
    children += [(f".metadata[{key!r}]", value_tree(more[key], context)) for key in sorted(more)]
    return branch(children, type="table", ordered=True, algorithm=context.digester.algorithm)


def _singles(cells: list[object], context: ReadContext) -> Node | None:
    """Return a column of floats of 32 bits, or of lists of them; None where it is another."""
    import numpy as np

    kinds = {type(cell) for cell in cells}
    if kinds == {np.ndarray} and len({cell.shape for cell in cells if isinstance(cell, np.ndarray)}) == 1:
        # Vectors of one length are rows of an array, as in JSON.
        return array_leaf(np.array(cells, "<f4"), context)
    if kinds - {type(None)} != {np.float32}:
        return None
    leaf = array_leaf(np.array([0 if cell is None else cell for cell in cells], "<f4"), context)
    if None not in cells:
        return leaf
    valid = array_leaf(np.array([cell is not None for cell in cells]), context)
    return branch([(".values", leaf), (".valid", valid)], algorithm=context.digester.algorithm)


def _typed(cells: list[object], schema: object, means: tuple[Meanings, ReadContext]) -> Node:
    """Return a column; one of another meaning than its numbers say, such as days, is a branch."""
    meanings, context = means
    node = _singles(cells, context) or column(cells, context)
    meaning = meanings.of(schema)
    if not meaning:
        return node
    label = [(".type", text_leaf(meaning, context)), ("[()]", node)]
    return branch(label, algorithm=context.digester.algorithm)
