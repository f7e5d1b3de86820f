# SPDX-License-Identifier: Apache-2.0
"""Columns of tables in text: what their cells can be, and the bytes that are digested of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from repro_action.readers.arrays import text_line
from repro_action.readers.dtypes import TEXT

# Fifteen digits and no leading zero: identifiers such as 007 stay texts.
_WHOLE = r"-?(?:0|[1-9][0-9]{0,%d})"
_REAL = r"[-+]?(?:[0-9]*\.[0-9]+|[0-9]+\.|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]{1,3})?|[-+]?(?:nan|inf|NaN|Inf)"
_INTEGERS = re.compile(rf"(?:{_WHOLE % 17}\n)*+")
_FLOATS = re.compile(rf"(?:(?:{_REAL}|{_WHOLE % 14})?\n)*+")
NUMBER = re.compile(rf"{_REAL}|{_WHOLE % 17}")
"""A cell that makes its row no header."""

FLOAT_DIGITS = 15
"""Digits of a whole number among floats: every one is exact."""

MISSING = 0x7FF8_0000_0000_07A2
"""Bits of the NaN that stands for an empty cell; Python and NumPy make 0x7FF8_0000_0000_0000."""


@dataclass(slots=True)
class TextColumn:
    """What is known of a column so far: what its cells can be."""

    segment: str
    whole: bool = True
    real: bool = True

    @property
    def dtype(self) -> str:
        """The strictest dtype of all cells that were looked at."""
        return "<i8" if self.whole else "<f8" if self.real else TEXT

    def look(self, cells: Sequence[str]) -> None:
        """Take some cells into account."""
        if not self.whole and not self.real:
            return
        joined = "\n".join(cells) + "\n"
        plain = joined.count("\n") == len(cells)
        self.whole = self.whole and plain and _INTEGERS.fullmatch(joined) is not None
        self.real = self.real and plain and _FLOATS.fullmatch(joined) is not None


@dataclass(slots=True)
class TextTable:
    """What is known of a table; `rows` are counted without the header.

    Attributes:
        separator: between cells.
        header: whether the first line names the columns.
        columns: from the left.
        rows: without the header.
    """

    separator: str
    header: bool
    columns: list[TextColumn]
    rows: int = 0
    regular: bool = True
    """Whether NumPy finds the cells; else csv does."""


def are_floats(cells: Sequence[str]) -> bool:
    """Whether each cell is a number, `nan`, `inf` or empty."""
    column = TextColumn("")
    if cells:
        column.look(cells)
    return column.real


def float_cells(cells: Sequence[str]) -> bytes:
    """Return cells as float64."""
    import numpy as np

    values = np.array([float(cell) if cell else 0.0 for cell in cells], "<f8")
    values.view("<u8")[[index for index, cell in enumerate(cells) if not cell]] = MISSING
    return values.tobytes()


def encode_cells(cells: Sequence[str], dtype: str) -> bytes:
    """Return the bytes of some cells under the digest of their column."""
    import numpy as np

    match dtype:
        case "<i8":
            return np.array([int(cell) for cell in cells], "<i8").tobytes()
        case "<f8":
            return float_cells(cells)
        case _:
            return b"".join(map(text_line, cells))
