# SPDX-License-Identifier: Apache-2.0
"""CatBoost's `.cbm`: all bytes but the model's id and the time, which stand in its metadata.

`CBM1`, the length of a flatbuffer in four bytes, the flatbuffer `TModelCore`, and what belongs to it.
Field 2 of it is `InfoMap`, a vector of `TKeyValue` with a key and a value; see
catboost/libs/model/flatbuffers/model.fbs and https://flatbuffers.dev/internals.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import bytes_leaf, key_segment, text_leaf
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole
from repro_action.tree import Excluded, Node, Tree, branch

RULE = "catboost-stamps"
_HEAD = 8
_FORMS = {
    b"model_guid": re.compile(rb"[0-9a-f]{1,8}(?:-[0-9a-f]{1,8}){3}"),
    b"train_finish_time": re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
}
_INFO_MAP = 2
_MOST = 10_000


class CatboostReader:
    """Reads models in CatBoost's binary format."""

    name = "catboost"
    size_limit = SizeLimit(copies=2)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number."""
        del source
        return head.startswith(b"CBM1")

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the model.

        Raises:
            ArtifactUnreadable: malformed, or larger than the limit of memory.
        """
        data = bytearray(whole(source, context, copies=self.size_limit.copies))
        try:
            facts = list(_facts(data))
        except (struct.error, IndexError) as error:
            raise ArtifactUnreadable("its metadata is malformed") from error
        children: list[tuple[str, Node]] = []
        excluded: list[Excluded] = []
        for key, start, size in facts:
            value, name = bytes(data[start : start + size]), key.decode("utf-8", "replace")
            path = f".info{key_segment(name)}"
            form = _FORMS.get(key)
            if form is not None and form.fullmatch(value) and not data[start + size]:
                excluded.append(Excluded(path=path.removeprefix("."), rule=RULE))
                # Its length, its bytes, their end and what fills up to the next four bytes.
                end = start + size + 1
                data[start - 4 : end] = bytes(end - start + 4)
            else:
                children.append((path, text_leaf(value.decode("utf-8", "replace"), context)))
        if len({key for key, _, _ in facts}) != len(facts):
            raise ArtifactUnreadable("its metadata has the same key twice")
        children.append((".model", bytes_leaf(data, context)))
        root = branch(children, type="catboost", algorithm=context.digester.algorithm)
        return Tree(format=self.name, root=root, excluded=tuple(excluded))


def _facts(data: bytearray) -> Iterator[tuple[bytes, int, int]]:
    """Yield `(key, place of the value, its length)`."""
    root = _HEAD + _number(data, _HEAD)
    vector = _follow(data, _field(data, root, _INFO_MAP))
    count = _number(data, vector)
    if count > _MOST:
        raise ArtifactUnreadable(f"its metadata has more than {_MOST} entries")
    for index in range(count):
        entry = _follow(data, vector + 4 + 4 * index)
        key, value = (_follow(data, _field(data, entry, number)) for number in (0, 1))
        start, size = key + 4, _number(data, key)
        yield bytes(data[start : start + size]), value + 4, _size(data, value)


def _size(data: bytearray, place: int) -> int:
    size = _number(data, place)
    if place + 4 + size >= len(data):
        raise IndexError
    return size


def _field(data: bytearray, table: int, number: int) -> int:
    """Return the place of a field of a table."""
    (back,) = struct.unpack_from("<i", data, table)
    entries = table - back
    if entries < 0 or 4 + 2 * number >= struct.unpack_from("<H", data, entries)[0]:
        raise IndexError
    (offset,) = struct.unpack_from("<H", data, entries + 4 + 2 * number)
    if not offset:
        raise IndexError
    return table + int(offset)


def _follow(data: bytearray, place: int) -> int:
    return place + _number(data, place)


def _number(data: bytearray, place: int) -> int:
    return int(struct.unpack_from("<I", data, place)[0])
