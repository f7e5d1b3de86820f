# SPDX-License-Identifier: Apache-2.0
"""Distances between the elements of two pieces of one dtype."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro_action.config.model import Tolerance
from repro_action.readers.dtypes import NAMED, decode

if TYPE_CHECKING:
    import numpy as np

MANTISSA: Mapping[str, int] = {"<f2": 10, "bfloat16": 7, "<f4": 23, "<f8": 52, "<c8": 23, "<c16": 52}
"""Stored bits of the significand of the dtypes that have units in the last place."""

SMALLEST: Mapping[str, float] = {
    "<f2": 2.0**-24, "bfloat16": 2.0**-133, "<f4": 2.0**-149, "<f8": 2.0**-1074,
    "<c8": 2.0**-149, "<c16": 2.0**-1074,
}  # fmt: skip
"""The smallest positive number of each: no unit in the last place is smaller."""

_SIZED = re.compile(r"[<|]([a-zA-Z])(\d+)(?:\[.*\])?")


def element_size(dtype: str) -> int:
    """Return the bytes of one element; 0 where it is unknown or not a whole number."""
    if dtype in NAMED:
        return NAMED[dtype] // 8
    match = _SIZED.fullmatch(dtype)
    if match is not None:
        return int(match[2]) * (4 if match[1] == "U" else 1)
    if dtype.startswith("["):
        import ast

        import numpy as np

        try:
            parsed: np.dtype[np.generic] = np.dtype(ast.literal_eval(dtype))
        except (ValueError, TypeError, SyntaxError, RecursionError):
            return 0
        return parsed.itemsize
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferingElements:
    """The elements of a piece that differ in their bits, n of them.

    Attributes:
        where: `(n,)` positions within the piece.
        finite: `(n,)` whether both elements are.
        distance: `(n,)` float64 `|candidate - baseline|`; infinite where not finite.
        size: `(n,)` float64 `|baseline|`.
        ulp: `(n,)` uint64; None where the dtype has no units in the last place.
    """

    where: np.ndarray
    finite: np.ndarray
    distance: np.ndarray
    size: np.ndarray
    ulp: np.ndarray | None

    def allows(self, tolerance: Tolerance) -> bool:
        """Whether every element is within `tolerance`."""
        import numpy as np

        with np.errstate(all="ignore"):
            inside = self.distance <= tolerance.atol + tolerance.rtol * self.size
        if self.ulp is not None and tolerance.max_ulp > 0:
            inside |= self.ulp <= np.uint64(tolerance.max_ulp)
        return bool((inside & self.finite).all())


def numeric_pair(
    baseline: bytes | memoryview, candidate: bytes | memoryview, dtype: str
) -> DifferingElements:
    """Measure two pieces of equal length.

    Args:
        baseline: whole elements in canonical form.
        candidate: the same number of them.
        dtype: numeric, but not boolean; see `repro_action.readers.dtypes.is_numeric`.
    """
    import numpy as np

    size = element_size(dtype)
    width = size // 2 if dtype[1] == "c" else size
    one, other = (np.frombuffer(data, f"<u{width}") for data in (baseline, candidate))
    unlike = one != other
    if width != size:
        unlike = unlike.reshape(-1, 2).any(axis=1)
    where = np.flatnonzero(unlike)
    # Picking every element would only copy them.
    pick = slice(None) if len(where) == len(unlike) else where
    left, right = decode(baseline, dtype)[pick], decode(candidate, dtype)[pick]
    with np.errstate(all="ignore"):
        distance = _distance(left, right)
        finite = np.isfinite(left) & np.isfinite(right)
        np.copyto(distance, np.inf, where=~finite)
        return DifferingElements(
            where=where,
            finite=finite,
            distance=distance,
            size=_modulus(left),
            ulp=_ulp(one, other, pick, size // width) if dtype in MANTISSA else None,
        )


def _distance(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    import numpy as np

    if left.dtype.kind in "iu":
        # Unsigned numbers of the same width hold the difference of any two exactly.
        wide = f"<u{left.dtype.itemsize}"
        apart: np.ndarray = np.maximum(left, right).view(wide) - np.minimum(left, right).view(wide)
        return apart.astype(np.float64)
    if left.dtype.kind == "c":
        return _modulus(right.astype("<c16") - left.astype("<c16"))
    return np.abs(right.astype(np.float64) - left.astype(np.float64))


def _modulus(values: np.ndarray) -> np.ndarray:
    import numpy as np

    if values.dtype.kind == "c":
        return np.hypot(values.real.astype(np.float64), values.imag.astype(np.float64))
    return np.abs(values.astype(np.float64))


def _ulp(one: np.ndarray, other: np.ndarray, pick: np.ndarray | slice, parts: int) -> np.ndarray:
    import numpy as np

    left, right = (_ordered(bits.reshape(-1, parts)[pick]) for bits in (one, other))
    wide = f"<u{left.dtype.itemsize}"
    apart: np.ndarray = np.maximum(left, right).view(wide) - np.minimum(left, right).view(wide)
    worst: np.ndarray = (apart.max(axis=1) if parts > 1 else apart[:, 0]).astype(np.uint64)
    return worst


def _ordered(bits: np.ndarray) -> np.ndarray:
    """Map bit patterns of floats to whole numbers in the order of the floats; ±0 to 0."""
    import numpy as np

    signed = bits.view(f"<i{bits.dtype.itemsize}")
    limits = np.iinfo(signed.dtype)
    # Magnitude, negated where the sign is set, without a branch an element.
    sign = signed >> (limits.bits - 1)
    ordered: np.ndarray = ((signed & limits.max) ^ sign) - sign
    return ordered
