# SPDX-License-Identifier: Apache-2.0
"""Large bytes and arrays of a pickle, which stay in their file: memory holds one of them at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import RegionPayload, array_leaf, payload_leaf
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.sources import RegionSource
from repro_action.tree import Kind, Leaf, Payload

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.generic]
    DType = np.dtype[np.generic]


@dataclass(frozen=True, slots=True, eq=False)
class StoredBytes:
    """Bytes that lie unbroken in a source of which any part is at hand.

    Attributes:
        source: what contains them.
        offset: of the first one.
        nbytes: how many.
        mutable: whether they are a `bytearray`.
    """

    source: Source
    offset: int
    nbytes: int
    mutable: bool = False

    @property
    def payload(self) -> RegionPayload:
        """The content."""
        return RegionPayload(self.source, self.offset, self.nbytes)

    def load(self) -> bytes:
        """Return the bytes."""
        with self.as_source().open() as file:
            return file.read(self.nbytes)

    def as_source(self) -> RegionSource:
        """Return them as a source of their own."""
        return RegionSource(self.source, "bytes", self.offset, self.nbytes)

    def leaf(self, context: ReadContext) -> Leaf:
        """Return the leaf of the bytes."""
        return payload_leaf(
            self.payload,
            nbytes=self.nbytes,
            dtype="bytearray" if self.mutable else "",
            shape=(self.nbytes,),
            context=context,
            kind=Kind.BYTES,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredArray:
    """An array whose elements are read when they are asked for.

    Attributes:
        payload: the elements as they are stored.
        dtype: of an element; no objects in it.
        shape: lengths of the axes.
        order: `F` if the first axis runs fastest, else C.
        made: its leaf, where it was digested in passing.
    """

    payload: Payload
    dtype: DType
    shape: tuple[int, ...]
    order: str
    made: Leaf | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def canonical(self) -> bool:
        """Whether the elements are stored as they are digested."""
        dtype = self.dtype
        plain = dtype.kind in "biufcmMSU" and dtype.char not in "gG" and dtype == dtype.newbyteorder("<")
        return plain and (self.order != "F" or len(self.shape) < 2)

    def canonical_payload(self, context: ReadContext) -> Payload:
        """Return the elements as they are digested."""
        return _CanonicalPayload(self, context.again())

    def load(self) -> Array:
        """Return the array.

        Raises:
            ArtifactUnreadable: its elements cannot be read, or do not fit into memory.
        """
        import numpy as np

        try:
            data = np.empty(self.nbytes, np.uint8)
        except MemoryError:
            raise ArtifactUnreadable(f"an array of {self.nbytes} bytes does not fit into memory") from None
        done = 0
        for chunk in self.payload.chunks(1 << 23):
            data[done : done + len(chunk)] = np.frombuffer(chunk, np.uint8)
            done += len(chunk)
        try:
            flat = np.frombuffer(data, self.dtype)
            return flat.reshape(self.shape[::-1]).T if self.order == "F" else flat.reshape(self.shape)
        except (ValueError, TypeError, OverflowError) as error:
            raise ArtifactUnreadable(f"an array is malformed: {str(error)[:100]!r}") from None

    def leaf(self, context: ReadContext) -> Leaf:
        """Return its leaf."""
        if self.made is not None:
            return self.made
        if not self.canonical:
            return replace(array_leaf(self.load(), context), payload=self.canonical_payload(context))
        return payload_leaf(
            self.payload, nbytes=self.nbytes, dtype=self.dtype.str, shape=self.shape, context=context
        )


@dataclass(frozen=True, slots=True)
class _CanonicalPayload:
    """Elements that are stored in another order than they are digested in."""

    stored: StoredArray
    context: ReadContext

    def chunks(self, size: int) -> Iterator[bytes | memoryview]:
        """Yield slices of the whole array."""
        leaf = array_leaf(self.stored.load(), self.context)
        assert leaf.payload is not None  # noqa: S101 -- an array in memory has its elements
        yield from leaf.payload.chunks(size)
