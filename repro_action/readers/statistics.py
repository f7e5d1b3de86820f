# SPDX-License-Identifier: Apache-2.0
"""Summary statistics whose text is the same on every machine for the same bits.

Blocks of a fixed number of elements are widened to float64 and summed by `np.add.reduce`,
whose pairwise order depends neither on the CPU's vector width nor on a BLAS; squares are
made by `np.multiply`, apart from the sum, so that nothing is fused. Blocks are joined in
order by the update of Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm
for Computing Sample Variances" (1979). Figures are rounded to nine significant digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repro_action.readers.dtypes import decode
from repro_action.tree import Statistics

if TYPE_CHECKING:
    import numpy as np

BLOCK = 1 << 16
"""Elements that are summed at once; part of the meaning of the figures."""


def rounded(value: float) -> float:
    """Return nine significant digits of `value`; never a negative zero.

    A NaN becomes `math.nan` itself, so that equal statistics compare equal.
    """
    return math.nan if math.isnan(value) else float(f"{value:.9g}") + 0.0


@dataclass(slots=True)
class Accumulator:
    """Collects the statistics of one array, piece by piece.

    Attributes:
        dtype: of the elements; see `repro_action.readers.dtypes.is_numeric`.
    """

    dtype: str
    count: int = 0
    nan: int = 0
    low: float = math.inf
    high: float = -math.inf
    mean: float = 0.0
    squares: float = 0.0
    _rest: bytes = field(default=b"", repr=False)

    def add(self, data: bytes | memoryview) -> None:
        """Add little-endian elements of `dtype`; the length of the pieces does not change the figures."""
        size = BLOCK * self._itemsize
        if self._rest:
            missing = size - len(self._rest)
            self._rest += bytes(data[:missing])
            data = data[missing:]
            if len(self._rest) < size:
                return
            self._block(self._rest)
            self._rest = b""
        whole = len(data) - len(data) % size
        for start in range(0, whole, size):
            self._block(data[start : start + size])
        self._rest = bytes(data[whole:])

    def finish(self) -> Statistics:
        """Return the figures in float64, rounded to nine significant digits; NaN where every element is."""
        if self._rest:
            self._block(self._rest)
            self._rest = b""
        valid = self.count - self.nan
        if not valid:
            nan = math.nan
            return Statistics(count=self.count, nan=self.nan, min=nan, max=nan, mean=nan, std=nan, l2=0.0)
        return Statistics(
            count=self.count,
            nan=self.nan,
            min=rounded(self.low),
            max=rounded(self.high),
            mean=rounded(self.mean),
            std=rounded(math.sqrt(self.squares / valid)),
            l2=rounded(self._norm(valid)),
        )

    def _norm(self, valid: int) -> float:
        if math.isinf(self.low) or math.isinf(self.high):
            return math.inf
        return math.sqrt(self.squares + valid * self.mean * self.mean)

    @property
    def _itemsize(self) -> int:
        return 2 if self.dtype == "bfloat16" else int(self.dtype[2:])

    def _block(self, data: bytes | memoryview) -> None:
        import numpy as np

        with np.errstate(all="ignore"):
            values = _widen(decode(data, self.dtype))
            self.count += values.size
            total = float(np.add.reduce(values))
            if math.isnan(total):
                values = self._without_nan(values)
                total = float(np.add.reduce(values))
            if values.size:
                self._join(values, total)

    def _without_nan(self, values: np.ndarray) -> np.ndarray:
        import numpy as np

        kept: np.ndarray = values[~np.isnan(values)]
        self.nan += values.size - kept.size
        return kept

    def _join(self, values: np.ndarray, total: float) -> None:
        import numpy as np

        low, high = float(np.minimum.reduce(values)), float(np.maximum.reduce(values))
        mean = total / values.size
        apart = np.subtract(values, mean)
        squares = float(np.add.reduce(np.multiply(apart, apart, out=apart)))
        before = self.count - self.nan - values.size
        joined = before + values.size
        delta = mean - self.mean
        self.low, self.high = min(self.low, low), max(self.high, high)
        self.mean = mean if not before else self.mean + delta * (values.size / joined)
        self.squares += squares + (delta * delta * (before / joined) * values.size if before else 0.0)


def _widen(values: np.ndarray) -> np.ndarray:
    import numpy as np

    if values.dtype.kind != "c":
        return values.astype(np.float64)
    # hypot and abs of complex numbers differ by CPU; these steps are each correctly rounded.
    real, imaginary = np.abs(values.real.astype(np.float64)), np.abs(values.imag.astype(np.float64))
    large, small = np.maximum(real, imaginary), np.minimum(real, imaginary)
    ratio = np.divide(small, large, out=np.zeros_like(large), where=large > 0)
    size: np.ndarray = large * np.sqrt(1.0 + ratio * ratio)
    infinite = np.isinf(real) | np.isinf(imaginary)
    size[infinite] = np.inf
    size[(np.isnan(real) | np.isnan(imaginary)) & ~infinite] = np.nan
    return size
