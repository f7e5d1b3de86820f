# SPDX-License-Identifier: Apache-2.0
"""The profile of one column, from its values or piece by piece; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from repro_action.profiles.cells import CellKind, cell_value, number_text
from repro_action.profiles.compose import ColumnContents, compose
from repro_action.profiles.model import MOST_DISTINCT, ColumnProfile, Detail

if TYPE_CHECKING:
    import numpy as np


def profile_column(
    values: np.ndarray | Sequence[object], *, name: str = "", detail: Detail = "private"
) -> ColumnProfile:
    """Return the profile of a column.

    Args:
        values: an array of shape `(n,)` of numbers, truth values, dates (`datetime64`) or texts, or a
            sequence of None, bool, int, float, str, date and datetime. A text is what a cell of CSV would
            be: `"1.5"` is a number, `"NA"` is missing.
        name: of the column; category keys depend on it.
        detail: how much of its values it shows.

    Raises:
        TypeError: a value is of no such type.
    """
    tally = ColumnTally()
    if isinstance(values, Sequence):
        tally.add_values(values)
    else:
        tally.add_array(values)
    return tally.finish(name, detail)


class ColumnTally:
    """A column that is seen piece by piece; where it is cut makes no difference to its profile."""

    __slots__ = ("_contents", "_texts")

    def __init__(self) -> None:
        self._contents = ColumnContents()
        self._texts: Counter[str] = Counter()

    def add_missing(self, count: int) -> None:
        """Count cells that are missing."""
        self._contents.missing += count

    def add_numbers(self, values: np.ndarray) -> None:
        """Add numbers; a NaN is missing.

        Args:
            values: float64, shape `(n,)`; kept, so not to be changed.
        """
        self._add("number", values)

    def add_seconds(self, values: np.ndarray) -> None:
        """Add dates as seconds since 1970 in UTC; as `add_numbers`."""
        self._add("datetime", values)

    def add_texts(self, texts: Iterable[str]) -> None:
        """Add cells of text, which may read as numbers, truth values or dates."""
        self._texts.update(texts)
        if len(self._texts) > MOST_DISTINCT:
            self._drain()
            self._contents.texts = None

    def add_counts(self, texts: Mapping[str, int]) -> None:
        """Add cells of text that were counted, as `add_texts`."""
        self._texts.update(texts)
        if len(self._texts) > MOST_DISTINCT:
            self._drain()
            self._contents.texts = None

    def add_array(self, values: np.ndarray) -> None:
        """Add an array of numbers, truth values, dates or texts.

        Raises:
            TypeError: it is of another dtype, or has other than one dimension.
        """
        import numpy as np

        if values.ndim != 1:
            raise TypeError(f"a column has one dimension, not {values.ndim}")
        match values.dtype.kind:
            case "i" | "u" | "f":
                self.add_numbers(values.astype(np.float64))
            case "b":
                true = int(np.count_nonzero(values))
                self._texts.update({"true": true, "false": len(values) - true})
            case "M":
                seconds = values.astype("datetime64[us]").astype(np.float64) / 1e6
                seconds[np.isnat(values)] = np.nan
                self.add_seconds(seconds)
            case "U" | "T":
                self.add_texts(values.tolist())
            case "O":
                self.add_values(values.tolist())
            case _:
                raise TypeError(f"an array of {values.dtype} is no column of values")

    def add_values(self, values: Iterable[object]) -> None:
        """Add Python's own values.

        Raises:
            TypeError: one is none of those that `profile_column` names.
        """
        self.add_texts([_text(value) for value in values])

    def finish(self, name: str, detail: Detail) -> ColumnProfile:
        """Return the profile."""
        self._drain()
        return compose(self._contents, name, detail)

    def _add(self, kind: CellKind, values: np.ndarray) -> None:
        import numpy as np

        missing = np.isnan(values)
        count = int(np.count_nonzero(missing))
        self._contents.missing += count
        self._contents.add(kind, values[~missing] if count else values)

    def _drain(self) -> None:
        """Sort the texts that were counted by what they are."""
        import numpy as np

        found: dict[CellKind, list[tuple[float, int]]] = {}
        contents = self._contents
        for text, count in self._texts.items():
            kind, value = cell_value(text)
            if not count:
                continue
            if kind == "missing":
                contents.missing += count
            elif kind == "text":
                contents.count_text(text, count)
            else:
                found.setdefault(kind, []).append((value, count))
        self._texts.clear()
        for kind, pairs in found.items():
            values, counts = zip(*pairs, strict=True)
            contents.add(kind, np.repeat(np.array(values, np.float64), counts))


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            try:
                number = float(value)
            except OverflowError:
                return "inf" if value > 0 else "-inf"
            return number_text(number) if number == number else ""  # noqa: PLR0124 - NaN
        case str():
            return value
        case date():
            return value.isoformat()
        case _ if hasattr(value, "item"):
            return _text(value.item())
        case _:
            raise TypeError(f"a value of type {type(value).__name__} is no cell of a column")
