# SPDX-License-Identifier: Apache-2.0
"""Two leaves element by element: how much differs, where, and whether a tolerance allows it.

Two elements are the same when their bits are. Elements that differ have a distance:

| pair | distance |
| --- | --- |
| +0 and -0 | 0, and 0 units in the last place |
| a NaN and anything of other bits, even another NaN | infinite |
| an infinity and anything of other bits | infinite |
| complex numbers | modulus of the difference; in units in the last place, the worse part |
| booleans, texts, times, structures | none: no tolerance allows them to differ |

Both contents are walked side by side in pieces, so memory does not grow with them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from repro_action.compare.bounds import decide
from repro_action.compare.pairs import element_size, numeric_pair
from repro_action.config.model import Tolerance
from repro_action.artifacts.dtypes import NAMED, TEXT, decode, is_numeric
from repro_action.tree import Kind, Leaf, Payload, Scalar

PIECE = 1 << 18
"""Bytes of each side that are compared at once."""

_EXCERPT = 80


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

    @property
    def fraction(self) -> float | None:
        """The part of the elements that differs, 0 to 1."""
        return None if self.differing is None else self.differing / max(self.total, 1)


def compare_elements(baseline: Leaf, candidate: Leaf) -> ElementDifference | None:
    """Measure how two leaves differ.

    Returns:
        The figures; None where the leaves are of different kind, dtype or (but for texts
        and bytes) shape, where a content is not at hand, or where nothing differs.

    Raises:
        ArtifactUnreadable: a file changed after it was read.
    """
    if baseline.kind is not candidate.kind:
        return None
    if baseline.kind is Kind.NUMBER:
        return _numbers(baseline, candidate)
    one, other = baseline.payload, candidate.payload
    if one is None or other is None:
        return None
    if baseline.kind in {Kind.TEXT, Kind.BYTES}:
        return _stream(baseline, one, other)
    if baseline.kind is not Kind.ARRAY or not _alike(baseline, candidate):
        return None
    if baseline.dtype == TEXT:
        return _texts(baseline, one, other)
    return _array(baseline, one, other)


def within(baseline: Leaf, candidate: Leaf, tolerance: Tolerance) -> bool | None:
    """Say whether the candidate lies within `tolerance` of the baseline.

    Returns:
        True or False where it is certain; None where a content is missing and the
        statistics neither prove nor refute it (see `repro_action.compare.bounds`).

    Raises:
        ArtifactUnreadable: a file changed after it was read.
    """
    if baseline.digest == candidate.digest:
        return True
    if tolerance.exact or baseline.kind is not candidate.kind:
        return False
    match baseline.kind:
        case Kind.NUMBER:
            return _number_within(baseline, candidate, tolerance)
        case Kind.FOLDED:
            return None
        case Kind.ARRAY:
            return _array_within(baseline, candidate, tolerance)
        case _:
            return False


def _alike(one: Leaf, other: Leaf) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape


def _array_within(baseline: Leaf, candidate: Leaf, tolerance: Tolerance) -> bool | None:
    dtype = baseline.dtype
    if not _alike(baseline, candidate) or dtype == "|b1":
        return False
    if not is_numeric(dtype):
        # Eight-bit floats are numbers, but not ones that can be measured here.
        return None if dtype in NAMED else False
    one, other = baseline.payload, candidate.payload
    if one is None or other is None:
        return decide(baseline, candidate, tolerance)
    return all(
        numeric_pair(left, right, dtype).allows(tolerance)
        for _, left, right in _pieces(one, other, element_size(dtype))
        if not _same(left, right)
    )


def _numbers(baseline: Leaf, candidate: Leaf) -> ElementDifference | None:
    one, other = _real(baseline.value), _real(candidate.value)
    if one is None or other is None or baseline.digest == candidate.digest:
        return None
    apart = abs(other - one)
    values = (baseline.value, candidate.value)
    return ElementDifference(
        total=1,
        differing=1,
        max_abs=_float(apart),
        max_rel=_float(apart) / abs(_float(one)) if one else None,
        max_ulp=_units(one, other, baseline.dtype),
        first_values=values,
        largest_values=values,
    )


def _number_within(baseline: Leaf, candidate: Leaf, tolerance: Tolerance) -> bool | None:
    one, other = _real(baseline.value), _real(candidate.value)
    if one is None or other is None:
        # What has no value is no finite real number: an infinity, a NaN, or complex.
        return None if "c" in baseline.dtype + candidate.dtype else False
    units = _units(one, other, baseline.dtype) if tolerance.max_ulp else None
    # Python compares whole numbers and floats exactly.
    return abs(other - one) <= tolerance.atol + tolerance.rtol * abs(_float(one)) or (
        units is not None and units <= tolerance.max_ulp
    )


def _real(value: Scalar) -> int | float | None:
    if value is None or isinstance(value, bool):
        return None
    if not isinstance(value, str):
        return value if math.isfinite(value) else None
    try:
        # Whole numbers beyond 64 bits are kept as text, decimal or hexadecimal.
        return int(value, 0)
    except ValueError:
        return None


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _units(one: float, other: float, dtype: str) -> int | None:
    if isinstance(one, int) or isinstance(other, int):
        return None
    code, bits = {"<f2": ("e", 15), "<f4": ("f", 31)}.get(dtype, ("d", 63))
    try:
        held = [int.from_bytes(struct.pack(f">{code}", value), "big") for value in (one, other)]
    except (OverflowError, struct.error):
        return None
    left, right = (value if value >> bits == 0 else (1 << bits) - value for value in held)
    return abs(left - right)


def _pieces(one: Payload, other: Payload, size: int) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Walk two contents side by side, in whole elements: `(first byte, baseline, candidate)`."""
    step = max(PIECE // max(size, 1), 1) * max(size, 1)
    position = 0
    for left, right in zip_longest(one.chunks(step), other.chunks(step), fillvalue=b""):
        yield position, memoryview(left), memoryview(right)
        position += len(left)


def _same(left: memoryview, right: memoryview) -> bool:
    import numpy as np

    # Comparing memoryviews unpacks every byte.
    return len(left) == len(right) and np.array_equal(np.frombuffer(left, "u1"), np.frombuffer(right, "u1"))


def _array(baseline: Leaf, one: Payload, other: Payload) -> ElementDifference | None:
    size = element_size(baseline.dtype)
    if not size:
        return _stream(baseline, one, other)
    found = _Found(baseline.shape)
    for position, left, right in _pieces(one, other, size):
        if _same(left, right):
            continue
        first = position // size
        if is_numeric(baseline.dtype) and baseline.dtype != "|b1":
            found.add_numbers(first, left, right, baseline.dtype)
        else:
            found.add_plain(first, left, right, size, baseline.dtype)
    return found.result()


@dataclass(slots=True)
class _Found:
    """Collects the figures of an array."""

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
    return _value(left, dtype, at), _value(right, dtype, at)


def _value(data: memoryview, dtype: str, at: int) -> Scalar:
    size = element_size(dtype)
    raw = data[at * size : (at + 1) * size]
    if is_numeric(dtype):
        held = decode(raw, dtype).tolist()[0]
        return str(held) if isinstance(held, complex) else held
    if dtype.startswith("<U"):
        return bytes(raw[: _EXCERPT * 4]).decode("utf-32-le", "replace").rstrip("\0")
    if dtype[1] in "mM":
        import numpy as np

        return str(np.frombuffer(raw, dtype)[0])
    return bytes(raw[:_EXCERPT]).hex()


def _texts(baseline: Leaf, one: Payload, other: Payload) -> ElementDifference | None:
    differing, first = 0, -1
    values: tuple[Scalar, Scalar] = (None, None)
    for index, (left, right) in enumerate(zip(_lines(one), _lines(other), strict=False)):
        if left == right:
            continue
        differing += 1
        if first < 0:
            first, values = index, (_excerpt(left), _excerpt(right))
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


def _excerpt(data: bytes | memoryview) -> str:
    return bytes(data[: 4 * _EXCERPT]).decode("utf-8", "replace")[:_EXCERPT]


def _stream(baseline: Leaf, one: Payload, other: Payload) -> ElementDifference | None:
    """Find where two texts, or bytes of any length, first differ."""
    lines = 0
    for position, left, right in _pieces(one, other, 1):
        if _same(left, right):
            lines += bytes(left).count(b"\n")
            continue
        at = _first_difference(left, right)
        start = bytes(left[:at]).rfind(b"\n") + 1
        line = lines + bytes(left[:at]).count(b"\n") + 1
        text = baseline.kind is Kind.TEXT
        return ElementDifference(
            total=math.prod(baseline.shape),
            first_index=f"line {line}" if text else f"byte {position + at}",
            first_values=(_line(left[start:]), _line(right[start:])) if text else (None, None),
        )
    return None


def _first_difference(left: memoryview, right: memoryview) -> int:
    import numpy as np

    shared = min(len(left), len(right))
    unlike = np.flatnonzero(np.frombuffer(left[:shared], "u1") != np.frombuffer(right[:shared], "u1"))
    return int(unlike[0]) if len(unlike) else shared


def _line(data: memoryview) -> str:
    return _excerpt(bytes(data[: 4 * _EXCERPT]).split(b"\n", 1)[0])
