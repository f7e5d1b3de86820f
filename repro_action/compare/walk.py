# SPDX-License-Identifier: Apache-2.0
"""Two contents side by side: what differs inside arrays, texts and bytes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from repro_action.compare.byte_facts import ByteFacts
from repro_action.compare.pairs import element_size, numeric_pair
from repro_action.readers.dtypes import decode, is_numeric
from repro_action.text import apart
from repro_action.tree import Kind, Leaf, Payload, Scalar

PIECE = 1 << 18
"""Bytes of each side that are compared at once."""

_EXCERPT = 80

_LONGEST = 4096
"""Characters or bytes of an element that are looked at for where it differs."""

_SHOWN = 48
"""Characters of a line that are shown: so few that no medium leaves out their middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementDifference:
    """What differs inside one leaf.

    Attributes:
        total: number of elements: of an array's, of a text's or bytes' characters.
        differing: how many differ in their bits; None for texts and bytes.
        max_abs: largest `|candidate - baseline|`; None where there are no distances.
        max_rel: largest `|candidate - baseline| / |baseline|` where the baseline is not 0.
        max_ulp: largest distance in units in the last place between finite elements.
        first_index: the first element that differs: `[3, 7]`, `line 4`, `byte 812`.
        first_values: of baseline and candidate there; texts are cut, and raw.
        largest_index: where `max_abs` is.
        largest_values: of baseline and candidate there.
        opaque: what can be said of bytes.
    """

    total: int
    differing: int | None = None
    max_abs: float | None = None
    max_rel: float | None = None
    max_ulp: int | None = None
    first_index: str = ""
    first_values: tuple[Scalar, Scalar] = (None, None)
    largest_index: str = ""
    largest_values: tuple[Scalar, Scalar] = (None, None)
    opaque: ByteFacts | None = None

    @property
    def fraction(self) -> float | None:
        """The part of the elements that differs, 0 to 1."""
        return None if self.differing is None else self.differing / max(self.total, 1)


def pieces(one: Payload, other: Payload, size: int) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Walk two contents side by side, in whole elements.

    Args:
        one: content of the baseline.
        other: content of the candidate.
        size: bytes of an element.

    Yields:
        `(offset of the first byte, piece of the baseline, piece of the candidate)`; a piece is
        empty where its content has ended.
    """
    step = max(PIECE // max(size, 1), 1) * max(size, 1)
    position = 0
    for left, right in zip_longest(one.chunks(step), other.chunks(step), fillvalue=b""):
        yield position, memoryview(left), memoryview(right)
        position += len(left)


def same(left: memoryview, right: memoryview) -> bool:
    """Return whether two pieces have the same bytes."""
    import numpy as np

    # Comparing memoryviews unpacks every byte.
    return len(left) == len(right) and np.array_equal(np.frombuffer(left, "u1"), np.frombuffer(right, "u1"))


def array(baseline: Leaf, one: Payload, other: Payload) -> ElementDifference | None:
    """Measure how two arrays of the same dtype and shape differ.

    Args:
        baseline: the leaf, for dtype and shape.
        one: elements of the baseline, little-endian, C order.
        other: elements of the candidate, the same.

    Returns:
        Element-level figures; None where all bits agree.
    """
    size = element_size(baseline.dtype)
    if not size:
        return stream(baseline, one, other)
    found = _ArrayFigures(baseline.shape)
    for position, left, right in pieces(one, other, size):
        if same(left, right):
            continue
        first = position // size
        if is_numeric(baseline.dtype) and baseline.dtype != "|b1":
            found.add_numbers(first, left, right, baseline.dtype)
        else:
            found.add_plain(first, left, right, size, baseline.dtype)
    return found.result()


@dataclass(slots=True)
class _ArrayFigures:
    """Collects element-level figures of an array, piece by piece."""

    shape: tuple[int, ...]
    differing: int = 0
    max_abs: float | None = None
    max_rel: float | None = None
    max_ulp: int | None = None
    first: int = -1
    first_values: tuple[Scalar, Scalar] = (None, None)
    largest: int = -1
    largest_values: tuple[Scalar, Scalar] = (None, None)

    def add_numbers(self, start: int, left: memoryview, right: memoryview, dtype: str) -> None:
        import numpy as np

        pair = numeric_pair(left, right, dtype)
        self.differing += len(pair.where)
        self._begin(start, int(pair.where[0]), left, right, dtype)
        worst = int(pair.distance.argmax())
        if self.max_abs is None or float(pair.distance[worst]) > self.max_abs:
            self.max_abs = float(pair.distance[worst])
            at = int(pair.where[worst])
            self.largest, self.largest_values = start + at, _values(left, right, dtype, at)
        with np.errstate(all="ignore"):
            relative = np.divide(
                pair.distance, pair.size, out=np.full_like(pair.size, -1.0), where=pair.size > 0
            )
        most = float(relative.max())
        if not most < 0:
            # An infinite baseline makes NaN of it; its distance is infinite anyhow.
            self.max_rel = max(self.max_rel or 0.0, math.inf if math.isnan(most) else most)
        if pair.ulp is not None and pair.finite.any():
            self.max_ulp = max(self.max_ulp or 0, int(pair.ulp.max(where=pair.finite, initial=0)))

    def add_plain(self, start: int, left: memoryview, right: memoryview, size: int, dtype: str) -> None:
        import numpy as np

        one, other = (np.frombuffer(data, "u1").reshape(-1, size) for data in (left, right))
        where = np.flatnonzero((one != other).any(axis=1))
        self.differing += len(where)
        self._begin(start, int(where[0]), left, right, dtype)

    def _begin(self, start: int, at: int, left: memoryview, right: memoryview, dtype: str) -> None:
        if self.first < 0:
            self.first, self.first_values = start + at, _values(left, right, dtype, at)

    def result(self) -> ElementDifference | None:
        if not self.differing:
            return None
        return ElementDifference(
            total=math.prod(self.shape),
            differing=self.differing,
            max_abs=self.max_abs,
            max_rel=self.max_rel,
            max_ulp=self.max_ulp,
            first_index=_index(self.first, self.shape),
            first_values=self.first_values,
            largest_index=_index(self.largest, self.shape) if self.largest >= 0 else "",
            largest_values=self.largest_values,
        )


def _index(flat: int, shape: tuple[int, ...]) -> str:
    parts: list[int] = []
    for size in reversed(shape):
        flat, at = divmod(flat, size)
        parts.append(at)
    return f"[{', '.join(map(str, reversed(parts)))}]" if parts else ""


def _values(left: memoryview, right: memoryview, dtype: str, at: int) -> tuple[Scalar, Scalar]:
    one, other = _value(left, dtype, at), _value(right, dtype, at)
    if isinstance(one, str) and isinstance(other, str):
        return apart(one, other, _SHOWN)
    return one, other


def _value(data: memoryview, dtype: str, at: int) -> Scalar:
    size = element_size(dtype)
    raw = data[at * size : (at + 1) * size]
    if is_numeric(dtype):
        element = decode(raw, dtype).tolist()[0]
        return str(element) if isinstance(element, complex) else element
    if dtype.startswith("<U"):
        return bytes(raw[: _LONGEST * 4]).decode("utf-32-le", "replace").rstrip("\0")
    if dtype[1] in "mM":
        import numpy as np

        return str(np.frombuffer(raw, dtype)[0])
    return bytes(raw[:_LONGEST]).hex()


def texts(baseline: Leaf, one: Payload, other: Payload) -> ElementDifference | None:
    """Count the elements in which two arrays of texts, shape `(n,)`, differ; None where they do not."""
    differing, first = 0, -1
    values: tuple[Scalar, Scalar] = (None, None)
    for index, (left, right) in enumerate(zip(_lines(one), _lines(other), strict=False)):
        if left == right:
            continue
        differing += 1
        if first < 0:
            first, values = index, excerpts(left, right)
    if not differing:
        return None
    return ElementDifference(
        total=baseline.shape[0],
        differing=differing,
        first_index=_index(first, baseline.shape),
        first_values=values,
    )


def _lines(payload: Payload) -> Iterator[bytes]:
    rest = b""
    for chunk in payload.chunks(PIECE):
        *whole, rest = (rest + bytes(chunk)).split(b"\n")
        yield from whole
    if rest:
        yield rest


def excerpts(left: bytes, right: bytes) -> tuple[str, str]:
    """Return what is shown of two unlike lines: what differs, not the equal ends.

    Args:
        left: the line in UTF-8; what is none is replaced.
        right: the other line, from the same place on.
    """
    one, other = (data.decode("utf-8", "replace") for data in (left, right))
    return apart(one, other, _SHOWN)


def stream(baseline: Leaf, one: Payload, other: Payload) -> ElementDifference | None:
    """Find where two contents of any length first differ: the byte, in texts the line; None if nowhere."""
    lines = 0
    for position, left, right in pieces(one, other, 1):
        if same(left, right):
            lines += bytes(left).count(b"\n")
            continue
        at = _first_difference(left, right)
        # No more of the line than can be shown: a file may be one line.
        start = max(bytes(left[:at]).rfind(b"\n") + 1, at - 4 * _EXCERPT)
        while start < at and left[start] & 0xC0 == 0x80:  # inside of a character
            start += 1
        line = lines + bytes(left[:at]).count(b"\n") + 1
        text = baseline.kind is Kind.TEXT
        return ElementDifference(
            total=math.prod(baseline.shape),
            first_index=f"line {line}" if text else f"byte {position + at}",
            first_values=excerpts(_line(left, start, at), _line(right, start, at)) if text else (None, None),
        )
    return None


def _first_difference(left: memoryview, right: memoryview) -> int:
    import numpy as np

    shared = min(len(left), len(right))
    unlike = np.flatnonzero(np.frombuffer(left[:shared], "u1") != np.frombuffer(right[:shared], "u1"))
    return int(unlike[0]) if len(unlike) else shared


def _line(data: memoryview, start: int, at: int) -> bytes:
    return bytes(data[start : at + 4 * _EXCERPT]).split(b"\n", 1)[0]
