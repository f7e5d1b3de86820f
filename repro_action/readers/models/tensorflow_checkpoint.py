# SPDX-License-Identifier: Apache-2.0
"""TensorFlow's checkpoints, an index and its shards: one tree, with a leaf a variable.

How variables are spread over files is the container's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import key_segment, stream_leaf
from repro_action.readers.cursor import Cursor
from repro_action.readers.protobuf import message, one_number, varint
from repro_action.readers.protocol import JoinedFiles, ReadContext, Source
from repro_action.readers.whole import whole
from repro_action.tree import Kind, Node, Tree, branch

_MAGIC = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"
_SHARD = re.compile(r"(.+)\.data-(\d{5})-of-(\d{5})")
_DTYPES = MappingProxyType(
    {
        1: "<f4", 2: "<f8", 3: "<i4", 4: "|u1", 5: "<i2", 6: "|i1", 8: "<c8", 9: "<i8", 10: "|b1",
        14: "bfloat16", 17: "<u2", 18: "<c16", 19: "<f2", 22: "<u4", 23: "<u8",
    }
)  # fmt: skip
"""NumPy's names of TensorFlow's `DataType`; texts (7) and others are compared as bytes."""


def joined_checkpoint(name: str, files: Mapping[str, Source], context: ReadContext) -> JoinedFiles | None:
    """Return the checkpoint of an index; None where the file is none.

    Args:
        name: of the index.
        files: all files of its folder.
        context: digester and limits.

    Raises:
        ArtifactUnreadable: the index and the shards do not match.
    """
    prefix = name.removesuffix(".index")
    shards = {other: found for other in files if (found := _SHARD.fullmatch(other)) and found[1] == prefix}
    numbers = {int(found[2]): other for other, found in shards.items()}
    if (
        not shards
        or {int(found[3]) for found in shards.values()} != {len(shards)}
        or len(numbers) != len(shards)
    ):
        return None
    children: list[tuple[str, Node]] = []
    ends = dict.fromkeys(numbers, 0)
    for key, value in _table(whole(files[name], context, copies=4), context):
        if not key:
            continue
        entry = message(value, context, what="checkpoint")
        shard, offset, size = one_number(entry, 3), one_number(entry, 4), one_number(entry, 5)
        if shard not in numbers or offset < 0 or size < 0 or offset + size > files[numbers[shard]].size:
            raise ArtifactUnreadable("a tensor in it is cut off")
        if 7 in entry:
            raise ArtifactUnreadable("a tensor in it is stored in slices, which are not supported")
        ends[shard] = max(ends[shard], offset + size)
        children.append((key_segment(key), _tensor(files[numbers[shard]], entry, context)))
    if any(files[numbers[shard]].size != end for shard, end in ends.items()):
        raise ArtifactUnreadable("a shard contains more data than the index declares")
    root = branch(children, type="checkpoint", algorithm=context.digester.algorithm)
    tree = Tree(format="tensorflow-checkpoint", root=root)
    return JoinedFiles(name=prefix, files=frozenset({name, *shards}), tree=tree)


def _tensor(source: Source, entry: dict[int, list[int | bytes]], context: ReadContext) -> Node:
    kind, offset, size = one_number(entry, 1), one_number(entry, 4), one_number(entry, 5)
    described = entry.get(2, [b""])[-1]
    dimensions = message(described, context).get(2, []) if isinstance(described, bytes) else []
    sizes = [
        one_number(message(dimension, context), 1) if isinstance(dimension, bytes) else -1
        for dimension in dimensions
    ]
    dtype = _DTYPES.get(kind, "")
    width = 2 if dtype == "bfloat16" else int(dtype[2:] or 0)
    plain = bool(dtype) and min(sizes, default=0) >= 0 and math.prod(sizes) * width == size
    return stream_leaf(
        source,
        offset=offset,
        nbytes=size,
        dtype=dtype if plain else f"DataType {kind} {tuple(sizes)}",
        shape=tuple(sizes) if plain else (size,),
        context=context,
        kind=Kind.ARRAY if plain else Kind.BYTES,
    )


def _table(data: bytes, context: ReadContext) -> list[tuple[str, bytes]]:
    """Return the pairs of a table of LevelDB, see doc/table_format.md of google/leveldb."""
    if len(data) < 48 or not data.endswith(_MAGIC):
        raise ArtifactUnreadable("it is not a table")
    footer = data[-48:]
    _, place = varint(footer, 0)
    _, place = varint(footer, place)
    pairs: dict[str, bytes] = {}
    for _, handle in _block(data, *_handle(footer, place), context):
        for key, value in _block(data, *_handle(handle, 0), context):
            name = key.decode("utf-8", "surrogateescape")
            if name in pairs:
                raise ArtifactUnreadable("it has the same key twice")
            pairs[name] = value
    return list(pairs.items())


def _handle(data: bytes, place: int) -> tuple[int, int]:
    offset, place = varint(data, place)
    size, _ = varint(data, place)
    return offset, size


def _block(data: bytes, offset: int, size: int, context: ReadContext) -> list[tuple[bytes, bytes]]:
    if offset + size + 5 > len(data) or size < 4 or data[offset + size]:
        raise ArtifactUnreadable("a block in it is cut off, or compressed")
    block = data[offset : offset + size]
    restarts = int.from_bytes(block[-4:], "little")
    end = size - 4 - 4 * restarts
    cursor, pairs, key = Cursor(block[: max(end, 0)]), [], b""
    while not cursor.at_end():
        context.check_time()
        lengths = []
        for _ in range(3):
            value, cursor.place = varint(block, cursor.place)
            lengths.append(value)
        if lengths[0] > len(key):
            raise ArtifactUnreadable("a key in it is malformed")
        key = key[: lengths[0]] + cursor.take(lengths[1])
        pairs.append((key, cursor.take(lengths[2])))
    return pairs
