# SPDX-License-Identifier: Apache-2.0
"""ONNX: the fields of the model and its graph; tensors that have a name are leaves under it.

The file is one protobuf message, `ModelProto` of onnx.proto. What is not walked is compared by its bytes.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from types import MappingProxyType

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import (
    BytesPayload,
    bytes_leaf,
    key_segment,
    number_leaf,
    payload_leaf,
    text_leaf,
)
from repro_action.readers.protobuf import fields as fields_of
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole
from repro_action.tree import Branch, Excluded, Leaf, Node, Tree, branch

Content = bytes | memoryview
Field = tuple[int, int | Content]
"""Number and value; bytes of a number of fixed width have their wire type ahead."""

RULE = "onnx-graph-id"
_UUID = re.compile(rb"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GRAPH, _NAME, _INITIALIZER = 7, 2, 5
_MODEL = MappingProxyType(
    {
        1: "ir_version",
        2: "producer_name",
        3: "producer_version",
        4: "domain",
        5: "model_version",
        6: "doc_string",
        8: "opset_import",
        14: "metadata_props",
    }
)
_FIELDS = MappingProxyType(
    {1: "node", 2: "name", 10: "doc_string", 11: "input", 12: "output", 13: "value_info"}
)
_TEXTS = frozenset({"producer_name", "producer_version", "domain", "doc_string", "name"})
_DTYPES = MappingProxyType(
    {
        1: "<f4",
        2: "|u1",
        3: "|i1",
        4: "<u2",
        5: "<i2",
        6: "<i4",
        7: "<i8",
        9: "|b1",
        10: "<f2",
        11: "<f8",
        12: "<u4",
        13: "<u8",
    }
)
"""NumPy's names of `TensorProto.DataType`."""


class OnnxReader:
    """Reads models in the ONNX format."""

    name = "onnx"
    size_limit = SizeLimit(copies=2)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix, and by the first field, the version."""
        return source.name.lower().endswith(".onnx") and head.startswith(b"\x08")

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the model.

        Raises:
            ArtifactUnreadable: malformed, or larger than the limit of memory.
        """
        fields = _fields(memoryview(whole(source, context, copies=self.size_limit.copies)), context)
        graphs = [value for number, value in fields if number == _GRAPH]
        if len(graphs) != 1 or isinstance(graphs[0], int):
            raise ArtifactUnreadable("it has no graph, or more than one")
        children = _named([field for field in fields if field[0] != _GRAPH], _MODEL, context)
        graph, excluded = _graph(memoryview(graphs[0]), context)
        children.append((".graph", graph))
        root = branch(children, type="onnx.ModelProto", algorithm=context.digester.algorithm)
        return Tree(format=self.name, root=root, excluded=excluded)


def _fields(data: memoryview, context: ReadContext) -> list[Field]:
    return [
        (number, value if kind in {0, 2} or isinstance(value, int) else bytes([kind]) + value)
        for number, kind, value in fields_of(data, context, what="ONNX file")
    ]


def _graph(data: memoryview, context: ReadContext) -> tuple[Branch, tuple[Excluded, ...]]:
    fields = _fields(data, context)
    names = [value for number, value in fields if number == _NAME]
    drawn = len(names) == 1 and not isinstance(names[0], int) and bool(_UUID.fullmatch(names[0]))
    others = [field for field in fields if field[0] != _INITIALIZER and not (drawn and field[0] == _NAME)]
    children = _named(others, _FIELDS, context)
    for index, value in enumerate(value for number, value in fields if number == _INITIALIZER):
        if isinstance(value, int):
            raise ArtifactUnreadable("a tensor in it is malformed")
        name, leaf = _tensor(memoryview(value), context)
        children.append((f".initializer[{index}]" + (key_segment(name) if name else ""), leaf))
    excluded = (Excluded(path="graph.name", rule=RULE),) if drawn else ()
    return branch(children, type="onnx.GraphProto", algorithm=context.digester.algorithm), excluded


def _tensor(data: memoryview, context: ReadContext) -> tuple[str, Leaf]:
    """Return the name and the elements; the bytes of the message where these are not plain."""
    fields = _fields(data, context)
    counts = Counter(number for number, _ in fields)
    by_number = dict(fields)
    shape = tuple(value for number, value in fields if number == 1 and isinstance(value, int))
    dtype, name = _DTYPES.get(_whole(by_number.get(2))), by_number.get(8, b"")
    # Floats stand in a field of their own, one after the other, or as raw bytes like all else.
    place = 4 if dtype == "<f4" and 4 in by_number else 9
    raw = by_number.get(place)
    plain = counts.keys() <= {1, 2, 8, place} and all(counts[number] <= 1 for number in (2, 8, place))
    if not plain or dtype is None or isinstance(name, int) or raw is None or isinstance(raw, int):
        return "", bytes_leaf(data, context)
    if len(shape) != counts[1] or math.prod(shape) * int(dtype[2:]) != len(raw):
        return "", bytes_leaf(data, context)
    leaf = payload_leaf(BytesPayload(raw), nbytes=len(raw), dtype=dtype, shape=shape, context=context)
    return bytes(name).decode("utf-8", "surrogateescape"), leaf


def _whole(value: int | Content | None) -> int:
    return value if isinstance(value, int) else -1


def _named(
    fields: list[Field], names: MappingProxyType[int, str], context: ReadContext
) -> list[tuple[str, Node]]:
    counts: Counter[int] = Counter()
    children: list[tuple[str, Node]] = []
    for number, value in fields:
        name = names.get(number, f"field_{number}")
        segment = f".{name}[{counts[number]}]" if counts[number] or name not in _TEXTS else f".{name}"
        counts[number] += 1
        children.append((segment, _value(name, value, context)))
    return children


def _value(name: str, value: int | Content, context: ReadContext) -> Leaf:
    if isinstance(value, int):
        return number_leaf(value, context)
    if name in _TEXTS:
        try:
            return text_leaf(bytes(value).decode("utf-8"), context)
        except UnicodeDecodeError:
            pass
    return bytes_leaf(value, context)
