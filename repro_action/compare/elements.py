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

from repro_action.compare.bounds import decide
from repro_action.compare.opaque import compare_bytes
from repro_action.compare.pairs import element_size, numeric_pair
from repro_action.compare.walk import PIECE, ElementDifference, array, pieces, same, stream, texts
from repro_action.config.model import Tolerance
from repro_action.readers.dtypes import JSON_TEXT, NAMED, TEXT, is_numeric
from repro_action.tree import Kind, Leaf, Scalar

__all__ = ["PIECE", "ElementDifference", "compare_elements", "within"]


def compare_elements(baseline: Leaf, candidate: Leaf) -> ElementDifference | None:
    """Measure how two leaves differ.

    Returns:
        The figures; None where the leaves are of different kind, dtype or (but for texts
        and bytes) shape, where a content is not at hand, or where nothing differs. Of bytes whose
        baseline is not at hand, what can be said of the candidate.

    Raises:
        ArtifactUnreadable: a file changed after it was read.
    """
    if baseline.kind is not candidate.kind:
        return None
    if baseline.kind is Kind.NUMBER:
        return _numbers(baseline, candidate)
    if baseline.kind is Kind.BYTES:
        return compare_bytes(baseline, candidate)
    one, other = baseline.payload, candidate.payload
    if one is None or other is None:
        return None
    if baseline.kind is Kind.TEXT:
        return stream(baseline, one, other)
    if baseline.kind is not Kind.ARRAY or not _alike(baseline, candidate):
        return None
    if baseline.dtype in {TEXT, JSON_TEXT}:
        return texts(baseline, one, other)
    return array(baseline, one, other)


def within(baseline: Leaf, candidate: Leaf, tolerance: Tolerance) -> bool | None:
    """Return whether the candidate is within `tolerance` of the baseline.

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
        for _, left, right in pieces(one, other, element_size(dtype))
        if not same(left, right)
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
        # What has no value is not a finite real number: an infinity, a NaN, or complex.
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
        unsigned = [int.from_bytes(struct.pack(f">{code}", value), "big") for value in (one, other)]
    except (OverflowError, struct.error):
        return None
    left, right = (value if value >> bits == 0 else (1 << bits) - value for value in unsigned)
    return abs(left - right)
