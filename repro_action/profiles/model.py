# SPDX-License-Identifier: Apache-2.0
"""The profile of a table as values; `repro_action.profiles.column` makes that of a column.

What stands in a profile is a function of the column's cells alone: not of their order, of how the file was
read, nor of the machine. So equal profiles of equal data are equal texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ColumnKind = Literal["numeric", "datetime", "boolean", "categorical", "text", "empty"]
"""What the cells of a column are that are not missing:

`numeric`: all are numbers. `datetime`: all are dates of ISO 8601. `boolean`: all are true or false.
`categorical`: others, of at most 1,000 distinct values that occur twice or more on average.
`text`: others. `empty`: there is none.
"""

Detail = Literal["private", "full"]
"""`private`: what at least 20 rows share. `full`: also the extremes, more bins, and categories in clear."""

METHOD = "profile1"
"""Names everything in a profile that is a convention: bins, rounding, hashes, what counts as missing."""

CROWD = 20
"""Rows that a bin or a category has at least, where its figures are given."""

MOST_CATEGORIES = 32
"""Categories of a column that are listed; of a number, more distinct values have none."""

MOST_DISTINCT = 100_000
"""Distinct texts of a column that are counted."""

COLUMN_BYTES = 1000
"""Bytes of compact JSON that a column takes at most, its name included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column.

    Bins are closed on the right: `counts[0]` is the number of values `v <= edges[0]`, `counts[i]` of values
    `edges[i - 1] < v <= edges[i]`, `counts[-1]` of values `v > edges[-1]`; so `len(counts) == len(edges) + 1`
    and `sum(counts) == rows - missing`. The cumulative sum of `counts` over `rows - missing` is the empirical
    distribution function at the edges, exactly. Other values are counted into the same bins by
    `numpy.searchsorted(edges, values, side="left")`. There are no bins (`edges` and `counts` empty) where
    the column is neither numeric nor datetime. Edges are quantiles k/10 (k/32 in detail `full`) of the sorted
    values by the inverted distribution function (method 1 of Hyndman and Fan, "Sample Quantiles in
    Statistical Packages", 1996: the value of rank `ceil(n * k / bins)`), rounded to seven significant digits
    (of dates ten), without repetitions; counts are made with the rounded edges. A bin of 1 to 19 values is
    joined with a neighbour; one of none may be there. Minus and plus infinity are values below and above all
    edges.

    Attributes:
        name: of the column; of one longer than 80 characters, see `column_key`.
        kind: see `ColumnKind`.
        rows: cells, missing ones included.
        missing: empty cells, NaN, None, NaT, and the texts of `repro_action.profiles.cells.MISSING`.
        distinct: distinct values that are not missing; None for texts where there are more than
            `MOST_DISTINCT`. Numbers are compared as float64, dates as seconds.
        edges: strictly increasing finite float64; for dates, seconds since 1970 in UTC.
        counts: values in each bin.
        categories: key of a value (`repro_action.profiles.cells.category_key`) → rows with it, 0 where they
            are 1 to 19. The most frequent first where they are made; in JSON by key. Of a number or date only
            where all its distinct values are listed.
        numbers: cells that are numbers, where others are texts: a column of mixed types. Else 0.
        minimum, maximum: of a numeric or datetime column, only in detail `full`.
        labels: key of a value → its text, cut to 24 characters; only in detail `full`.
        reason: why something is left out; empty where nothing is.
    """

    name: str
    kind: ColumnKind
    rows: int
    missing: int = 0
    distinct: int | None = None
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    categories: Mapping[str, int] = field(default_factory=dict)
    numbers: int = 0
    minimum: float | None = None
    maximum: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def present(self) -> int:
        """Cells that are not missing."""
        return self.rows - self.missing

    @property
    def mixed(self) -> bool:
        """Whether some cells are numbers and some are not."""
        return 0 < self.numbers < self.present

    @property
    def unlisted(self) -> int:
        """Rows in no category that has a count: rare and unlisted values together."""
        return self.present - sum(self.categories.values())

    @property
    def lists_all(self) -> bool:
        """Whether every distinct value has its key in `categories`, so that any other is a new one."""
        return bool(self.categories) and self.distinct == len(self.categories)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProfile:
    """One file or folder of data.

    Attributes:
        format: `table`, `arrow`, `npy`, `npz` or `images`.
        rows: of the table; pictures of a folder.
        detail: how much of its values it shows.
        method: `METHOD`, of the version that made it.
        columns: name (`column_key`) → profile.
        more: columns that are not listed, since there are very many.
        reason: why the data has no columns, or which are left out; empty where all is there.
    """

    format: str
    rows: int
    detail: Detail = "private"
    method: str = METHOD
    columns: Mapping[str, ColumnProfile] = field(default_factory=dict)
    more: int = 0
    reason: str = ""
