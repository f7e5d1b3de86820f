# SPDX-License-Identifier: Apache-2.0
"""Safetensors, read by its published layout and without its library.

Eight bytes of header length, a JSON header, then the tensors without holes. The order of
tensors is the container's. Source: github.com/huggingface/safetensors, "Format".
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import BinaryIO

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import key_segment, stream_leaf, text_leaf
from repro_action.readers.json.parsing import unique_keys
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit
from repro_action.tree import Leaf, Node, Tree, branch

_HEADER_LIMIT = 100_000_000

_TYPES = {
    "BOOL": ("|b1", 8), "U8": ("|u1", 8), "I8": ("|i1", 8), "U16": ("<u2", 16), "I16": ("<i2", 16),
    "U32": ("<u4", 32), "I32": ("<i4", 32), "U64": ("<u8", 64), "I64": ("<i8", 64),
    "F16": ("<f2", 16), "F32": ("<f4", 32), "F64": ("<f8", 64), "C64": ("<c8", 64),
    "BF16": ("bfloat16", 16), "F8_E5M2": ("float8_e5m2", 8), "F8_E4M3": ("float8_e4m3fn", 8),
    "F8_E8M0": ("float8_e8m0fnu", 8), "F6_E2M3": ("float6_e2m3fn", 6), "F6_E3M2": ("float6_e3m2fn", 6),
    "F4": ("float4_e2m1fn", 4),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tensor:
    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


class SafetensorsReader:
    """Reads `.safetensors` files, streaming each tensor."""

    name = "safetensors"
    size_limit = SizeLimit(also="the header: {memory}")

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the suffix, or a header length followed by a JSON object."""
        length = int.from_bytes(head[:8], "little")
        fits = head[8:10] == b'{"' and 2 <= length <= min(source.size - 8, _HEADER_LIMIT)
        return fits or source.name.lower().endswith(".safetensors")

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every tensor as a leaf; metadata as texts.

        Raises:
            ArtifactUnreadable: the header is malformed, or does not match the data.
        """
        with source.open() as file:
            header, begin = _read_header(file, source.size, context)
        children: list[tuple[str, Node]] = _metadata(header.pop("__metadata__", None), context)
        tensors = sorted(
            (_tensor(*item) for item in header.items()), key=lambda tensor: (tensor.start, tensor.end)
        )
        _check_layout(tensors, source.size - begin)
        children += [(key_segment(tensor.name), _leaf(source, tensor, begin, context)) for tensor in tensors]
        return Tree(format=self.name, root=branch(children, algorithm=context.digester.algorithm))


def _leaf(source: Source, tensor: _Tensor, begin: int, context: ReadContext) -> Leaf:
    return stream_leaf(
        source,
        offset=begin + tensor.start,
        nbytes=tensor.end - tensor.start,
        dtype=tensor.dtype,
        shape=tensor.shape,
        context=context,
    )


def _read_header(file: BinaryIO, size: int, context: ReadContext) -> tuple[dict[str, object], int]:
    length = int.from_bytes(file.read(8), "little")
    if length > min(size - 8, _HEADER_LIMIT, context.limits.memory):
        raise ArtifactUnreadable(f"it declares a header of {length} bytes, which is impossible")
    raw = file.read(length)
    # A JSON value costs at most about 240 bytes in memory.
    if 240 * (raw.count(b"{") + raw.count(b"[") + raw.count(b",") // 4) > 4 * context.limits.memory:
        raise ArtifactUnreadable("its header has too many values")
    try:
        header = json.loads(raw.decode("utf-8"), object_pairs_hook=unique_keys)
    except (ValueError, RecursionError) as error:
        raise ArtifactUnreadable("its header is not JSON") from error
    if not isinstance(header, dict):
        raise ArtifactUnreadable("its header is not a JSON object")
    return header, 8 + length


def _metadata(table: object, context: ReadContext) -> list[tuple[str, Node]]:
    if table is None:
        return []
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise ArtifactUnreadable("its __metadata__ does not map strings to strings")
    children = [(key_segment(key), text_leaf(value, context)) for key, value in table.items()]
    return [(".__metadata__", branch(children, algorithm=context.digester.algorithm))]


def _tensor(name: str, entry: object) -> _Tensor:
    match entry:
        case {"dtype": str(kind), "shape": list(shape), "data_offsets": [int(start), int(end)], **rest}:
            sound = all(type(size) is int and 0 <= size < 1 << 63 for size in shape) and len(shape) <= 64
        case _:
            raise ArtifactUnreadable(f"its header does not describe the tensor {name[:80]!r}")
    if kind not in _TYPES or not sound or rest or isinstance(start, bool) or isinstance(end, bool):
        raise ArtifactUnreadable(
            f"its header has an unknown dtype, shape or key for the tensor {name[:80]!r}"
        )
    dtype, bits = _TYPES[kind]
    if (end - start) * 8 != math.prod(shape) * bits:
        raise ArtifactUnreadable(f"the offsets of the tensor {name[:80]!r} do not match its dtype and shape")
    return _Tensor(name=name, dtype=dtype, shape=tuple(shape), start=start, end=end)


def _check_layout(tensors: list[_Tensor], size: int) -> None:
    position = 0
    for tensor in tensors:
        if tensor.start != position:
            raise ArtifactUnreadable(
                f"the tensor {tensor.name[:80]!r} overlaps another, or has a gap before it"
            )
        position = tensor.end
    if position != size:
        raise ArtifactUnreadable(f"it contains {size} bytes of data, but its header declares {position}")
