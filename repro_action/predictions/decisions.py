# SPDX-License-Identifier: Apache-2.0
"""Labels of matched rows: agreement, flips by class, what is newly wrong and newly right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from repro_action.predictions.churn import FLIPS, ClassFlip, DecisionChurn
from repro_action.predictions.table import shown_class

if TYPE_CHECKING:
    import numpy as np


def codes(*columns: Sequence[str | None]) -> tuple[list[np.ndarray], list[str | None]]:
    """Number the classes of some columns by one table.

    Returns:
        Of each column an array of int64, shape `(rows,)`, and the classes, sorted, by number.
    """
    import numpy as np

    texts = {text for column in columns for text in column if text is not None}
    classes: list[str | None] = [*sorted(texts)]
    if any(text is None for column in columns for text in column):
        classes.append(None)
    number = {text: index for index, text in enumerate(classes)}
    return [
        np.fromiter((number[text] for text in column), np.int64, len(column)) for column in columns
    ], classes


def kappa(before: np.ndarray, after: np.ndarray, classes: int) -> float | None:
    """Return Cohen's kappa of two labellings: how far they agree beyond chance.

    κ = (p_o - p_e) / (1 - p_e), with p_o the share of rows with equal labels and p_e the sum over
    classes of the product of both sides' shares. Source: Cohen, J. (1960), "A coefficient of agreement
    for nominal scales", Educational and Psychological Measurement 20(1), 37-46.

    Args:
        before: numbers of classes on one side, int64, shape `(rows,)`.
        after: likewise on the other side.
        classes: how many there are.

    Returns:
        From -1 to 1; None where p_e is 1 (both sides give every row one class), or there are no rows.
    """
    import numpy as np

    rows = len(before)
    if not rows:
        return None
    sides = (np.bincount(before, minlength=classes), np.bincount(after, minlength=classes))
    # Whole numbers up to the quotient: the result depends on no order of rows or classes.
    by_chance = sum(int(one) * int(other) for one, other in zip(*sides, strict=True))
    agreeing = int((before == after).sum())
    if by_chance == rows * rows:
        return None
    return (agreeing * rows - by_chance) / (rows * rows - by_chance)


def decisions(
    before: Sequence[str | None],
    after: Sequence[str | None],
    truth: tuple[Sequence[str | None], Sequence[str | None]] | None,
) -> DecisionChurn:
    """Compare the labels of matched rows.

    Args:
        before: labels, one a row; None where one is missing, which counts as a class of its own.
        after: likewise.
        truth: what both sides know to be right, row by row; None where they do not. Rows whose truth is
            missing or not the same on both sides are not judged.
    """
    columns = (before, after) if truth is None else (before, after, *truth)
    (old, new, *known), classes = codes(*columns)
    differs = old != new
    wrong, right = _judged_flips(old, new, known, missing=_missing(classes))
    flips, further = _flips(old, new, classes, wrong, right)
    judged = right_before = right_after = 0
    if known:
        sound = _sound(known, _missing(classes))
        judged = int(sound.sum())
        right_before = int((sound & (old == known[0])).sum())
        right_after = int((sound & (new == known[0])).sum())
    return DecisionChurn(
        rows=len(old),
        differing=int(differs.sum()),
        classes=len({*before, *after}),
        kappa=kappa(old, new, len(classes)),
        judged=judged,
        right_before=right_before,
        right_after=right_after,
        newly_wrong=int(wrong.sum()),
        newly_right=int(right.sum()),
        flips=flips,
        further_kinds=further[0],
        further_rows=further[1],
    )


def _missing(classes: Sequence[str | None]) -> int:
    """Return the number of the class of labels that are missing; -1 where there are none."""
    return len(classes) - 1 if classes and classes[-1] is None else -1


def _sound(known: Sequence[np.ndarray], missing: int) -> np.ndarray:
    """Return where the truth is there and the same on both sides; bool, shape `(rows,)`."""
    found: np.ndarray = (known[0] == known[1]) & (known[0] != missing)
    return found


def _judged_flips(
    old: np.ndarray, new: np.ndarray, known: Sequence[np.ndarray], *, missing: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows are newly wrong and which newly right; bool, shape `(rows,)`."""
    import numpy as np

    if not known:
        nothing = np.zeros(len(old), bool)
        return nothing, nothing
    sound, truth = _sound(known, missing), known[0]
    return sound & (old == truth) & (new != truth), sound & (old != truth) & (new == truth)


def _flips(
    old: np.ndarray, new: np.ndarray, classes: Sequence[str | None], wrong: np.ndarray, right: np.ndarray
) -> tuple[tuple[ClassFlip, ...], tuple[int, int]]:
    """Return the most frequent flips, and how many kinds and rows are left."""
    import numpy as np

    where = np.flatnonzero(old != new)
    pairs, index, counts = np.unique(
        old[where] * len(classes) + new[where], return_inverse=True, return_counts=True
    )
    worse = np.bincount(index, weights=wrong[where], minlength=len(pairs)).astype(np.int64)
    better = np.bincount(index, weights=right[where], minlength=len(pairs)).astype(np.int64)
    order = np.lexsort((pairs, -counts))
    flips = tuple(
        ClassFlip(
            before=shown_class(classes[int(pairs[place]) // len(classes)]),
            after=shown_class(classes[int(pairs[place]) % len(classes)]),
            count=int(counts[place]),
            newly_wrong=int(worse[place]),
            newly_right=int(better[place]),
        )
        for place in order[:FLIPS]
    )
    rest = order[FLIPS:]
    return flips, (len(rest), int(counts[rest].sum()))
