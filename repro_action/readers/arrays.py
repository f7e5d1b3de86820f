# SPDX-License-Identifier: Apache-2.0
"""Leaves and their payloads: the one place where values become canonical bytes.

| leaf | bytes under the digest |
| --- | --- |
| array | elements, little-endian, C order; padding of structured and extended types is dropped or zero |
| array of texts | see `repro_action.readers.dtypes.TEXT` |
| whole number | `hex(value)` as ASCII |
| float, complex | 8 or 16 bytes, little-endian, so every bit pattern of NaN counts |
| boolean | one byte, 0 or 1 |
| text | UTF-8, lone surrogates passed through |
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from repro_action.digest import Digest, digest_bytes, new_hasher
from repro_action.errors import ArtifactUnreadable
from repro_action.readers.dtypes import TEXT, is_numeric
from repro_action.readers.pieces import even
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.statistics import Accumulator
from repro_action.tree import Kind, Leaf, Payload, Scalar, Statistics, leaf_header

if TYPE_CHECKING:
    import numpy as np

CHUNK = 8 << 20
"""Bytes read at once: large enough to digest on several cores, small enough to stay in memory."""

_COPIED = 1 << 20
"""Bytes of an array that are copied where it is in another form."""


@dataclass(frozen=True, slots=True)
class BytesPayload:
    """Content in memory."""

    data: bytes | memoryview = field(repr=False)

    def chunks(self, size: int) -> Iterator[bytes | memoryview]:
        """Yield slices."""
        view = memoryview(self.data)
        for start in range(0, len(view), size):
            yield view[start : start + size]


@dataclass(frozen=True, slots=True)
class ArrayPayload:
    """An array in memory that is brought into canonical form some rows at a time."""

    array: np.ndarray = field(repr=False)

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the content; see `repro_action.tree.Payload`."""
        return even(self._rows(), size)

    def _rows(self) -> Iterator[bytes]:
        array = self.array
        step = max(1, CHUNK * len(array) // max(array.nbytes, 1))
        little = array.dtype.newbyteorder("<")
        for start in range(0, len(array), step):
            yield array[start : start + step].astype(little, order="C").tobytes()


@dataclass(frozen=True, slots=True)
class RegionPayload:
    """Contiguous content of a source; read again each time.

    Attributes:
        source: what contains it.
        offset: first byte.
        nbytes: length.
    """

    source: Source
    offset: int
    nbytes: int

    def chunks(self, size: int) -> Iterator[memoryview]:
        """Yield views of one buffer: each is valid until the next is asked for.

        Raises:
            ArtifactUnreadable: the source has become shorter.
        """
        buffer = memoryview(bytearray(min(size, max(self.nbytes, 1))))
        with self.source.open() as file:
            file.seek(self.offset)
            left = self.nbytes
            while left:
                view = buffer[: min(size, left)]
                fill(file.readinto, view)  # type: ignore[attr-defined]  # BinaryIO omits readinto
                yield view
                left -= len(view)


def fill(readinto: Callable[[memoryview], int | None], view: memoryview) -> None:
    """Fill all of `view`.

    Raises:
        ArtifactUnreadable: the file ends early.
    """
    done = 0
    while done < len(view):
        got = readinto(view[done:])
        if not got:
            raise ArtifactUnreadable("the file is cut off: it ends before the data that its header declares")
        done += got


def array_leaf(array: np.ndarray, context: ReadContext) -> Leaf:
    """Return the leaf of an array of any shape, strides, byte order and dtype but those of objects.

    Raises:
        ArtifactUnreadable: the dtype has no bytes of its own.
    """
    if array.nbytes > _COPIED and array.ndim and _rearranged(array):
        return _lazy_leaf(array, context)
    canonical = _canonical(array)
    dtype = str(canonical.dtype.descr) if canonical.dtype.names is not None else canonical.dtype.str
    flat = canonical.reshape(-1)
    data = flat.view("u1").data if flat.nbytes else memoryview(b"")
    return _leaf(
        Kind.ARRAY, data, context, dtype=dtype, shape=array.shape, stats=_statistics(data, dtype, context)
    )


def _rearranged(array: np.ndarray) -> bool:
    """Whether the canonical bytes of plain elements are a copy."""
    dtype = array.dtype
    plain = dtype.names is None and not dtype.hasobject and dtype.char not in "gGT"
    return plain and (not array.flags.c_contiguous or dtype != dtype.newbyteorder("<"))


def _lazy_leaf(array: np.ndarray, context: ReadContext) -> Leaf:
    return payload_leaf(
        ArrayPayload(array),
        nbytes=array.nbytes,
        dtype=array.dtype.newbyteorder("<").str,
        shape=array.shape,
        context=context,
    )


def text_array_leaf(values: Iterable[str], context: ReadContext) -> Leaf:
    """Return the leaf of a list of strings, shape `(length,)`."""
    content, count = bytearray(), 0
    for value in values:
        content += text_line(value)
        count += 1
    return _leaf(Kind.ARRAY, memoryview(content), context, dtype=TEXT, shape=(count,))


def text_line(value: str) -> bytes:
    """Return one element of an array of texts as it is digested."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").encode("utf-8", "surrogatepass") + b"\n"


def number_leaf(value: complex, context: ReadContext, dtype: str = "") -> Leaf:
    """Return the leaf of a Python bool, int, float or complex.

    The value is kept where JSON can hold it; whole numbers beyond 64 bits as text.

    Args:
        value: the number.
        context: the digester.
        dtype: defaults to `bool`, `int`, `float` or `complex`.
    """
    kept: Scalar
    match value:
        case bool():
            content, kept = bytes([value]), value
            return _leaf(Kind.BOOLEAN, content, context, dtype=dtype or "bool", value=kept)
        case int():
            content = hex(value).encode()
            kept = value if -(1 << 63) <= value < 1 << 63 else _long_text(value)
        case float():
            content = struct.pack("<d", value)
            kept = value if math.isfinite(value) else None
        case _:
            content, kept = struct.pack("<dd", value.real, value.imag), None
    name = dtype or type(value).__name__
    return _leaf(Kind.NUMBER, content, context, dtype=name, value=kept)


def _long_text(value: int) -> str:
    # Decimal text of a huge number takes quadratic time, and Python refuses it.
    return str(value) if value.bit_length() <= 4096 else hex(value)


def text_leaf(text: str, context: ReadContext) -> Leaf:
    """Return the leaf of a text, shape `(characters,)`."""
    return _leaf(Kind.TEXT, text.encode("utf-8", "surrogatepass"), context, shape=(len(text),))


def bytes_leaf(data: bytes | bytearray | memoryview, context: ReadContext, dtype: str = "") -> Leaf:
    """Return the leaf of bytes, shape `(length,)`; `data` must not change afterwards."""
    view = memoryview(data).cast("B")
    return _leaf(Kind.BYTES, view, context, dtype=dtype, shape=(len(view),))


def null_leaf(context: ReadContext) -> Leaf:
    """Return the leaf of None."""
    return Leaf(kind=Kind.NULL, digest=context.digester(Kind.NULL))


def unreadable_leaf(reason: str, context: ReadContext, content: bytes = b"") -> Leaf:
    """Return the leaf of a part that is not read; `content` is what is known of it."""
    digest = context.digester(Kind.UNREADABLE, content, shape=(len(content),))
    return Leaf(kind=Kind.UNREADABLE, digest=digest, shape=(len(content),), reason=reason)


def also_covering(leaf: Leaf, content: bytes, context: ReadContext) -> Leaf:
    """Return the leaf with a digest that covers `content`, too, such as how its elements are written."""
    both = digest_bytes(context.digester.algorithm, str(leaf.digest).encode() + b"\0" + content)
    return replace(leaf, digest=Digest(leaf.digest.algorithm, both.value))


def stream_leaf(
    source: Source,
    *,
    offset: int,
    nbytes: int,
    dtype: str,
    shape: tuple[int, ...],
    context: ReadContext,
    kind: Kind = Kind.ARRAY,
) -> Leaf:
    """Return the leaf of a region that holds canonical bytes, read chunk by chunk.

    Args:
        source: what contains it.
        offset: first byte of the region.
        nbytes: length of the region; the caller has checked it against dtype and shape.
        dtype: of the elements.
        shape: of the array.
        context: limits and digester.
        kind: what the region holds.

    Raises:
        ArtifactUnreadable: the source ends early, or time is up.
    """
    payload = RegionPayload(source, offset, nbytes)
    return payload_leaf(payload, nbytes=nbytes, dtype=dtype, shape=shape, context=context, kind=kind)


def payload_leaf(
    payload: Payload,
    *,
    nbytes: int,
    dtype: str,
    shape: tuple[int, ...],
    context: ReadContext,
    kind: Kind = Kind.ARRAY,
) -> Leaf:
    """Return the leaf of a content in canonical form, read once and chunk by chunk.

    Args:
        payload: the content; the leaf's own.
        nbytes: its length.
        dtype: of the elements.
        shape: of the array.
        context: limits and digester.
        kind: what it is.

    Raises:
        ArtifactUnreadable: it ends early, or time is up.
    """
    counted = kind is Kind.ARRAY and context.statistics and is_numeric(dtype)
    figures = Accumulator(dtype) if counted else None
    hasher = new_hasher(context.digester.algorithm, parallel=nbytes > 1 << 20)
    hasher.update(leaf_header(kind, dtype, shape))
    for chunk in payload.chunks(CHUNK):
        context.check_time()
        hasher.update(chunk)
        if figures is not None:
            figures.add(chunk)
    return Leaf(
        kind=kind,
        digest=Digest(context.digester.name, hasher.hexdigest()),
        dtype=dtype,
        shape=shape,
        stats=figures.finish() if figures is not None else None,
        payload=payload,
    )


def key_segment(key: object) -> str:
    """Render a mapping's key as a path segment: `['a key']`, `[3]`; printable and one-to-one."""
    return f"[{key!r}]"


def name_segment(name: str) -> str:
    r"""Render a file's name as a path segment: `/name`, with `\` and the unprintable escaped."""
    plain = name.isprintable() and "\\" not in name
    return "/" + (name if plain else "'".join(repr(part)[1:-1] for part in name.split("'")))


def _leaf(
    kind: Kind,
    data: bytes | memoryview,
    context: ReadContext,
    *,
    dtype: str = "",
    shape: tuple[int, ...] = (),
    value: Scalar = None,
    stats: Statistics | None = None,
) -> Leaf:
    return Leaf(
        kind=kind,
        digest=context.digester(kind, data, dtype=dtype, shape=shape),
        dtype=dtype,
        shape=shape,
        value=value,
        stats=stats,
        payload=BytesPayload(data),
    )


def _statistics(data: memoryview, dtype: str, context: ReadContext) -> Statistics | None:
    if not context.statistics or not is_numeric(dtype):
        return None
    figures = Accumulator(dtype)
    figures.add(data)
    return figures.finish()


def _canonical(array: np.ndarray) -> np.ndarray:
    import numpy as np

    dtype = array.dtype
    if dtype.hasobject or dtype.kind == "T":
        raise ArtifactUnreadable(f"an array of dtype {dtype} contains Python objects instead of plain bytes")
    if dtype.names is not None:
        from numpy.lib.recfunctions import repack_fields

        dtype = repack_fields(dtype, align=False, recurse=True)
    canonical = np.ascontiguousarray(array, dtype=dtype.newbyteorder("<"))
    if canonical.dtype.char in "gG" and np.finfo(np.longdouble).nmant == 63 and canonical.size:
        # The x87 format has 10 bytes; the rest of each 16 is whatever was in memory before.
        canonical = canonical.copy()
        canonical.reshape(-1).view("u1").reshape(-1, np.dtype(np.longdouble).itemsize)[:, 10:] = 0
    return canonical
