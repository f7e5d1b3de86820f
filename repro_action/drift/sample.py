# SPDX-License-Identifier: Apache-2.0
"""What is known of one column of a table: all of its values, or the counts that a profile keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SampleKind(StrEnum):
    """What the values of a column are."""

    NUMBER = "number"
    DATE = "date"
    """Dates and times, as seconds since 1970; they are compared, and judged only where a limit is set."""
    CATEGORY = "category"
    TEXT = "text"
    """Texts or identifiers of which most differ: only how many are missing is compared."""
    EMPTY = "empty"
    """Every cell is missing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColumnSample:
    """One column; either all values, or counts of them.

    Attributes:
        kind: of the values.
        rows: cells, missing ones among them.
        missing: cells without a value; NaN is one.
        invalid: cells of a column of numbers that are no number; they are among the missing.
        values: all numbers in ascending order, shape `(rows - missing,)`; None where only counts are known.
        edges, counts: of numbers that are known by counts: `counts[i]` of them lie in
            `(edges[i-1], edges[i]]`, the first and the last bin are open.
        categories: how many cells each category has; of numbers, each value, where a profile lists them.
        others: cells in categories that are not listed.
        pooled: whether rare categories may be among `others`, so that an unlisted one need not be new.
    """

    kind: SampleKind
    rows: int
    missing: int = 0
    invalid: int = 0
    values: NDArray[np.float64] | None = None
    edges: NDArray[np.float64] | None = None
    counts: NDArray[np.int64] | None = None
    categories: Mapping[str, int] = field(default_factory=dict)
    others: int = 0
    pooled: bool = False

    @property
    def present(self) -> int:
        """Cells that have a value."""
        return self.rows - self.missing

    @property
    def missing_rate(self) -> float:
        """Share of cells without a value; 0 of no rows."""
        return self.missing / self.rows if self.rows else 0.0
