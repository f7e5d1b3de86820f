# SPDX-License-Identifier: Apache-2.0
"""NumPy's `.npy`, versions 1.0 to 3.0, by NumPy's own description of the format.

Fortran order, byte order and padding are the container's: they do not change the leaf.
Source: numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import array_leaf, stream_leaf
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.sources import RegionSource
from repro_action.tree import Leaf, Tree

if TYPE_CHECKING:
    import numpy as np

MAGIC = b"\x93NUMPY"
_HEADER_LIMIT = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    dtype: np.dtype[np.generic]
    fortran: bool
    shape: tuple[int, ...]
    offset: int


class NpyReader:
    """Reads one array; arrays of objects are handed to the pickle reader."""

    name = "npy"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number."""
        del source
        return head.startswith(MAGIC)

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the array as one leaf.

        Raises:
            ArtifactUnreadable: the header is malformed or does not fit the data.
        """
        with source.open() as file:
            header = _read_header(file)
        if header.dtype.hasobject:
            return _pickled(source, header, context)
        nbytes = _length(header)
        rest = source.size - header.offset - nbytes
        if rest:
            words = "more" if rest > 0 else "fewer"
            raise ArtifactUnreadable(f"it contains {abs(rest)} bytes {words} than its header declares")
        return Tree(format=self.name, root=_leaf(source, header, nbytes, context))


def _leaf(source: Source, header: _Header, nbytes: int, context: ReadContext) -> Leaf:
    import numpy as np

    dtype = header.dtype
    plain = dtype.names is None and dtype == dtype.newbyteorder("<") and dtype.char not in "gG"
    if plain and (not header.fortran or sum(size > 1 for size in header.shape) < 2):
        return stream_leaf(
            source,
            offset=header.offset,
            nbytes=nbytes,
            dtype=dtype.newbyteorder("<").str,
            shape=header.shape,
            context=context,
        )
    # It must be rearranged in memory; what came out of an archive may be a bomb.
    if context.level and nbytes > 4 * context.limits.memory:
        raise ArtifactUnreadable(
            f"an array of {nbytes} bytes in an archive is too large to be rearranged in memory"
        )
    with source.open() as file:
        file.seek(header.offset)
        data = file.read(nbytes)
    if len(data) != nbytes:
        raise ArtifactUnreadable("the file is cut off: it ends before the data that its header declares")
    order = header.shape[::-1] if header.fortran else header.shape
    array = np.frombuffer(data, dtype).reshape(order)
    return array_leaf(array.T if header.fortran else array, context)


def _length(header: _Header) -> int:
    if header.dtype.itemsize == 0 and (_count(header.shape) or header.dtype.kind in "US"):
        raise ArtifactUnreadable(f"elements of dtype {header.dtype} have zero bytes")
    return header.dtype.itemsize * _count(header.shape)


def _count(shape: Iterable[int]) -> int:
    return math.prod(shape)


def _pickled(source: Source, header: _Header, context: ReadContext) -> Tree:
    size = source.size - header.offset
    tree = context.descend(RegionSource(source, "array.pkl", header.offset, size))
    if tree.reason:
        raise ArtifactUnreadable(f"it contains Python objects: {tree.reason}")
    return replace(tree, format="npy")


def _read_header(file: BinaryIO) -> _Header:
    start = file.read(8)
    if len(start) < 8 or not start.startswith(MAGIC) or start[6:] not in {b"\1\0", b"\2\0", b"\3\0"}:
        raise ArtifactUnreadable("not a valid .npy file of version 1.0, 2.0 or 3.0")
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(file.read(width), "little")
    if length > _HEADER_LIMIT:
        raise ArtifactUnreadable(f"its header is longer than {_HEADER_LIMIT} bytes")
    raw = file.read(length)
    if len(raw) < length:
        raise ArtifactUnreadable("the file is cut off inside its header")
    try:
        header = ast.literal_eval(raw.decode("utf-8" if start[6] == 3 else "latin-1").strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError) as error:
        raise ArtifactUnreadable("its header is not a Python literal") from error
    return _checked(header, 8 + width + length)


def _checked(header: object, offset: int) -> _Header:
    if not isinstance(header, dict) or set(header) != {"descr", "fortran_order", "shape"}:
        raise ArtifactUnreadable("its header lacks descr, fortran_order or shape")
    shape, fortran = header["shape"], header["fortran_order"]
    sound = (
        isinstance(shape, tuple)
        and len(shape) <= 64
        and all(type(size) is int and 0 <= size < 1 << 63 for size in shape)
    )
    if not sound or not isinstance(fortran, bool):
        raise ArtifactUnreadable("its header declares an impossible shape")
    return _Header(dtype=_dtype(header["descr"]), fortran=fortran, shape=shape, offset=offset)


def _dtype(descr: object) -> np.dtype[np.generic]:
    from numpy.lib import format as npy

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dtype: np.dtype[np.generic] = npy.descr_to_dtype(descr)  # type: ignore[arg-type]  # it checks by itself
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, SyntaxError) as error:
        raise ArtifactUnreadable("its header declares an unknown dtype") from error
    if dtype.subdtype is not None or dtype.kind == "T":
        raise ArtifactUnreadable(f"its header declares elements of dtype {dtype}")
    return dtype
