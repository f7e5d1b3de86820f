# SPDX-License-Identifier: Apache-2.0
"""Which row of one file is which row of the other: by key, or by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from repro_action.predictions.churn import UnmatchedRows
from repro_action.predictions.table import PredictionsRefused, PredictionTable, kinds, texts, with_numbers
from repro_action.tree import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMatch:
    """Pairs of rows.

    Attributes:
        before, after: row numbers from 0, pair by pair, in the order of the later file.
        keys: of each pair, as it is shown.
        unmatched_before, unmatched_after: rows without a partner.
        remarks: what a reader should know of it.
    """

    before: Sequence[int]
    after: Sequence[int]
    keys: Sequence[str]
    unmatched_before: UnmatchedRows
    unmatched_after: UnmatchedRows
    remarks: tuple[str, ...] = ()


def match(before: PredictionTable, after: PredictionTable) -> RowMatch:
    """Pair the rows of two files.

    A key that occurs more than once on either side names no row: all of its rows are left out, and
    counted. So are rows without a key.

    Raises:
        PredictionsRefused: there are no keys, and the files have unlike numbers of rows.
    """
    if before.keys is None or after.keys is None:
        return _by_number(before, after)
    numbers = with_numbers(before.keys, after.keys)
    old, new = texts(before.keys, numbers=numbers), texts(after.keys, numbers=numbers)
    times = (Counter(old), Counter(new))
    repeated = {key for counted in times for key, count in counted.items() if count > 1 and key is not None}
    rows_of = {key: row for row, key in enumerate(old) if key is not None and key not in repeated}
    pairs = [
        (rows_of[key], row, key)
        for row, key in enumerate(new)
        if key is not None and key not in repeated and key in rows_of
    ]
    return RowMatch(
        before=[pair[0] for pair in pairs],
        after=[pair[1] for pair in pairs],
        keys=[pair[2] for pair in pairs],
        unmatched_before=_unmatched(old, repeated, len(pairs)),
        unmatched_after=_unmatched(new, repeated, len(pairs)),
        remarks=unlike_kinds("keys", before.keys, after.keys),
    )


def _by_number(before: PredictionTable, after: PredictionTable) -> RowMatch:
    if before.rows != after.rows:
        raise PredictionsRefused(
            f"there are {before.rows:,} rows before and {after.rows:,} after, and no key says which is which"
        )
    rows = range(after.rows)
    return RowMatch(
        before=rows,
        after=rows,
        keys=[str(row + 1) for row in rows],
        unmatched_before=UnmatchedRows(),
        unmatched_after=UnmatchedRows(),
        remarks=("rows are matched by their number: no column is declared as their key",),
    )


def _unmatched(keys: Sequence[str | None], repeated: set[str], matched: int) -> UnmatchedRows:
    unkeyed = sum(1 for key in keys if key is None)
    several = sum(1 for key in keys if key is not None and key in repeated)
    return UnmatchedRows(alone=len(keys) - unkeyed - several - matched, repeated=several, unkeyed=unkeyed)


def unlike_kinds(what: str, before: Sequence[Scalar], after: Sequence[Scalar]) -> tuple[str, ...]:
    """Name a column whose values are of unlike kinds on both sides; nothing where one side has none."""
    one, other = (" and ".join(sorted(kinds(cells))) for cells in (before, after))
    if one == other or not one or not other:
        return ()
    return (f"the {what} are {one} before and {other} after: they are compared by their text",)
