# SPDX-License-Identifier: Apache-2.0
"""One file of predictions as columns of cells, and the texts by which keys and classes are compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from repro_action.tree import Scalar

MAX_ROWS = 1_000_000
"""Rows of a file that are compared; a larger one is refused."""

LONGEST = 200
"""Characters of a class or key that are shown."""

MISSING = "(missing)"
"""How a label that is not there is shown."""

_KINDS = {bool: "booleans", int: "whole numbers", float: "real numbers", str: "texts"}


class PredictionsRefused(Exception):
    """A file cannot be compared as predictions; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionTable:
    """Columns of one file, each with one cell a row; None for a column that is not there.

    Attributes:
        rows: how many there are.
        keys: which name a row.
        labels: the classes that the model decided for.
        scores: numbers, such as probabilities or predicted values.
        truth: the classes that are right.
    """

    rows: int
    keys: Sequence[Scalar] | None = None
    labels: Sequence[Scalar] | None = None
    scores: Sequence[Scalar] | None = None
    truth: Sequence[Scalar] | None = None


def kinds(cells: Sequence[Scalar]) -> frozenset[str]:
    """Return what kinds of values a column has, by their plural; cells that are missing have none.

    Floats that are all whole are whole numbers: a column of integers becomes one where a cell is missing.
    """
    # A column of a million cells is looked through once, and then up to its first cell of each type.
    types = set(map(type, cells))
    found = {
        kind
        for kind in types & _KINDS.keys()
        if any(type(cell) is kind and not is_missing(cell) for cell in cells)
    }
    if float in found and all(
        cell.is_integer() or math.isnan(cell) for cell in cells if isinstance(cell, float)
    ):
        found = (found - {float}) | {int}
    return frozenset(_KINDS[kind] for kind in found)


def with_numbers(*columns: Sequence[Scalar]) -> bool:
    """Whether columns that are compared have values of several kinds, and numbers among them."""
    found = frozenset().union(*map(kinds, columns))
    return len(found) > 1 and bool(found & {_KINDS[int], _KINDS[float]})


def is_missing(cell: Scalar) -> bool:
    """Whether a cell is empty: null, an empty text, or NaN."""
    return cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell))


def texts(cells: Sequence[Scalar], *, numbers: bool = False) -> list[str | None]:
    """Return the text of each cell by which it is compared; None where it is missing.

    A whole number has one text, as an integer or as a float: `1` of 1 and 1.0. So has a boolean, unless it
    is compared with numbers.

    Args:
        cells: of one column.
        numbers: whether the other side has numbers in this column: booleans then count as 1 and 0, and a
            text counts as the number that it is the plain spelling of, so that "1.0" is 1, but "007" is
            not 7.
    """
    types = set(map(type, cells))
    if types == {int}:
        return list(map(str, cells))
    if types == {str} and not numbers:
        return [str(cell) or None for cell in cells]
    return [None if is_missing(cell) else _text(cell, numbers=numbers) for cell in cells]


def _text(cell: Scalar, *, numbers: bool) -> str:
    if isinstance(cell, bool):
        return str(int(cell)) if numbers else str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, str) and numbers:
        return _spelled(cell)
    return str(cell)


def _spelled(text: str) -> str:
    """Return the text of a number for a text that is its plain spelling; else the text."""
    if len(text) > 24:
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    plain = repr(value) == text or (math.isfinite(value) and text == f"{value:.0f}")
    return _text(value, numbers=True) if plain else text


def shown_class(text: str | None) -> str:
    """Return a class as people read it; one that is called `(missing)` is quoted."""
    if text is None:
        return MISSING
    short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return f'"{short}"' if short == MISSING else short


def numbers_of(cells: Sequence[Scalar]) -> list[float]:
    """Return cells as floats; NaN where one is missing.

    Raises:
        PredictionsRefused: a cell is not a number.
    """
    found: list[float] = []
    for number, cell in enumerate(cells, start=1):
        if is_missing(cell):
            found.append(math.nan)
        elif isinstance(cell, int | float):
            found.append(_float(cell))
        else:
            raise PredictionsRefused(f"the score in row {number:,} is not a number")
    return found


def _float(cell: float) -> float:
    try:
        return float(cell)
    except OverflowError:
        return math.inf if cell > 0 else -math.inf
