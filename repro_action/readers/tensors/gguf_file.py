# SPDX-License-Identifier: Apache-2.0
"""GGUF: metadata by key and tensors by name; where a tensor lies in the file is the container's.

Quantized tensors are arrays of blocks, which are compared as bytes. See docs/gguf.md of ggml-org/ggml.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from types import MappingProxyType

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import key_segment, stream_leaf
from repro_action.readers.cursor import Cursor
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit
from repro_action.tree import Kind, Node, Tree, branch

_HEADER = 64 << 20
_ALIGNMENT = "general.alignment"
_WHOLE = MappingProxyType({0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 10: "Q", 11: "q"})
_REAL = MappingProxyType({6: "f", 12: "d"})
_LIST = 9
_USUAL, _USUAL_IN_LISTS = frozenset({4, 6, 7, 8}), frozenset({5, 6, 7, 8})
"""Types that llama.cpp writes nearly all keys with: whole numbers and floats of 32 bits, flags and texts."""

_DTYPES = MappingProxyType(
    {0: "<f4", 1: "<f2", 24: "|i1", 25: "<i2", 26: "<i4", 27: "<i8", 28: "<f8", 30: "bfloat16"}
)
_BLOCKS = MappingProxyType(
    {
        2: ("Q4_0", 32, 18),
        3: ("Q4_1", 32, 20),
        6: ("Q5_0", 32, 22),
        7: ("Q5_1", 32, 24),
        8: ("Q8_0", 32, 34),
        9: ("Q8_1", 32, 36),
        10: ("Q2_K", 256, 84),
        11: ("Q3_K", 256, 110),
        12: ("Q4_K", 256, 144),
        13: ("Q5_K", 256, 176),
        14: ("Q6_K", 256, 210),
        15: ("Q8_K", 256, 292),
        16: ("IQ2_XXS", 256, 66),
        17: ("IQ2_XS", 256, 74),
        18: ("IQ3_XXS", 256, 98),
        19: ("IQ1_S", 256, 50),
        20: ("IQ4_NL", 32, 18),
        21: ("IQ3_S", 256, 110),
        22: ("IQ2_S", 256, 82),
        23: ("IQ4_XS", 256, 136),
        29: ("IQ1_M", 256, 56),
        34: ("TQ1_0", 256, 54),
        35: ("TQ2_0", 256, 66),
    }
)
"""Name, elements and bytes of a block, by `ggml_type`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _GgufTensor:
    name: str
    shape: tuple[int, ...]
    type: int
    offset: int

    @property
    def nbytes(self) -> int:
        count = math.prod(self.shape)
        if self.type in _DTYPES:
            dtype = _DTYPES[self.type]
            return count * (2 if dtype == "bfloat16" else int(dtype[2:]))
        if self.type not in _BLOCKS or count % _BLOCKS[self.type][1]:
            raise ArtifactUnreadable(f"the tensor {self.name[:80]!r} is of the unknown type {self.type}")
        return count // _BLOCKS[self.type][1] * _BLOCKS[self.type][2]


class GgufReader:
    """Reads `.gguf` files of the versions 2 and 3, little-endian."""

    name = "gguf"
    size_limit = SizeLimit(also="what stands before the tensors: {memory/2}")

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number."""
        del source
        return head.startswith(b"GGUF")

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every key and tensor.

        Raises:
            ArtifactUnreadable: malformed, or tensors overlap or are cut off.
        """
        with source.open() as file:
            cursor = Cursor(file.read(min(_HEADER, context.limits.memory // 2)))
        cursor.place = 4
        version, count, keys = cursor.number("I"), cursor.number("Q"), cursor.number("Q")
        if version not in {2, 3} or max(count, keys) > len(cursor.data) // 8:
            raise ArtifactUnreadable(f"it is of the version {version}, or declares more than it has")
        table: dict[str, object] = {}
        types: dict[str, object] = {}
        for _ in range(keys):
            name = cursor.text(cursor.number("Q"))
            if name in table:
                raise ArtifactUnreadable(f"it has the key {name[:80]!r} twice")
            begin = cursor.place
            table[name] = _value(cursor, cursor.number("I"), context, 0)
            _note_type(types, name, bytes(cursor.data[begin : begin + 8]))
        tensors = [_tensor(cursor) for _ in range(count)]
        alignment = table.pop(_ALIGNMENT, 32)
        if type(alignment) is not int or not 0 < alignment <= 1 << 20:
            raise ArtifactUnreadable("its alignment is not a number")
        begin = -(-cursor.place // alignment) * alignment
        _check(tensors, source.size - begin, alignment)
        children: list[tuple[str, Node]] = [(".metadata", value_tree(table, context))]
        children += [(".types", value_tree(types, context))] if types else []
        children += [
            (f".tensors{key_segment(tensor.name)}", _leaf(source, tensor, begin, context))
            for tensor in tensors
        ]
        root = branch(children, type="gguf", algorithm=context.digester.algorithm)
        return Tree(format=self.name, root=root)


def _note_type(types: dict[str, object], name: str, begin: bytes) -> None:
    """Note the type of a number, or of those of a list, where it is not the one that is usual."""
    kind, inner = struct.unpack_from("<II", begin.ljust(8, b"\0"))
    if kind == _LIST and inner not in _USUAL_IN_LISTS:
        types[name] = f"list of {inner}"
    elif kind not in {*_USUAL, _LIST}:
        types[name] = f"{kind}"


def _value(cursor: Cursor, kind: int, context: ReadContext, depth: int) -> object:
    if kind in _WHOLE:
        return cursor.number(_WHOLE[kind])
    if kind in _REAL:
        return cursor.real(_REAL[kind])
    if kind == 7:
        return _flag(cursor)
    if kind == 8:
        return cursor.text(cursor.number("Q"))
    if kind != _LIST or depth > 8:
        raise ArtifactUnreadable(f"a key has a value of the unknown type {kind}, or lists in lists")
    inner, count = cursor.number("I"), cursor.number("Q")
    if count > len(cursor.data):
        raise ArtifactUnreadable("a list in its metadata is longer than the file")
    context.check_time()
    return [_value(cursor, inner, context, depth + 1) for _ in range(count)]


def _flag(cursor: Cursor) -> bool:
    value = cursor.number("B")
    if value > 1:
        raise ArtifactUnreadable(f"a boolean in its metadata is {value}")
    return value == 1


def _tensor(cursor: Cursor) -> _GgufTensor:
    name = cursor.text(cursor.number("Q"))
    dimensions = cursor.number("I")
    if dimensions > 8:
        raise ArtifactUnreadable(f"the tensor {name[:80]!r} has {dimensions} dimensions")
    # The first dimension is the one that varies fastest.
    shape = tuple(reversed([cursor.number("Q") for _ in range(dimensions)]))
    return _GgufTensor(name=name, shape=shape, type=cursor.number("I"), offset=cursor.number("Q"))


def _check(tensors: list[_GgufTensor], size: int, alignment: int) -> None:
    if len({tensor.name for tensor in tensors}) != len(tensors):
        raise ArtifactUnreadable("two tensors have the same name")
    position = 0
    for tensor in sorted(tensors, key=lambda tensor: (tensor.offset, tensor.nbytes)):
        if tensor.offset != -(-position // alignment) * alignment:
            raise ArtifactUnreadable(
                f"the tensor {tensor.name[:80]!r} overlaps another, or has a gap before it"
            )
        position = tensor.offset + tensor.nbytes
    if tensors and size not in {position, -(-position // alignment) * alignment}:
        raise ArtifactUnreadable("its size does not match its header")


def _leaf(source: Source, tensor: _GgufTensor, begin: int, context: ReadContext) -> Node:
    plain = tensor.type in _DTYPES
    return stream_leaf(
        source,
        offset=begin + tensor.offset,
        nbytes=tensor.nbytes,
        dtype=_DTYPES[tensor.type] if plain else f"{_BLOCKS[tensor.type][0]} {tensor.shape}",
        shape=tensor.shape if plain else (tensor.nbytes,),
        context=context,
        kind=Kind.ARRAY if plain else Kind.BYTES,
    )
