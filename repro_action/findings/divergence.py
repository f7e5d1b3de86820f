# SPDX-License-Identifier: Apache-2.0
"""Where two runs of one program part: the first recorded call whose value differs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest

from repro_action.observation import Divergence, LeafMark, TracedCall

MAX_DIFFERING = 20
WEAK = ("{order}", "{place}")
"""Ends of paths of marks that differ where nothing is wrong yet: in what order a set is
iterated, and a text that names the project's folder. They count where nothing else differs."""

MarkPlace = tuple[str, str, int, str]
"""Function, file, line and path of a mark."""


def first_divergence(
    before: Sequence[TracedCall], after: Sequence[TracedCall], *, unsteady: Collection[MarkPlace] = ()
) -> Divergence | None:
    """Return the first call at which two runs part, or None where all calls are the same.

    Args:
        before: calls of one run in order, as `determinism.traces.read_traces` returns them.
        after: those of the other.
        unsteady: marks that say nothing, because they differ without any disturbance; by `unsteady_marks`.
    """
    ignored = frozenset(unsteady)
    weak: Divergence | None = None
    for found, marks in _parted(before, after):
        differing = [mark for mark in marks if (*_where(found.before), mark[0]) not in ignored]
        if marks and not differing:
            continue
        strong = [mark for mark in differing if not mark[0].endswith(WEAK)]
        made = Divergence(
            index=found.index,
            before=found.before,
            after=found.after,
            differing=tuple((strong or differing)[:MAX_DIFFERING]),
        )
        if strong or not marks:
            return made
        weak = weak or made
    return weak


def unsteady_marks(before: Sequence[TracedCall], after: Sequence[TracedCall]) -> frozenset[MarkPlace]:
    """Return the marks that differ between two runs that nobody disturbed, such as a clock reading.

    They end where the runs make different calls.
    """
    return frozenset(
        (*_where(found.before), path) for found, marks in _parted(before, after) for path, _, _ in marks
    )


def _parted(
    before: Sequence[TracedCall], after: Sequence[TracedCall]
) -> Iterator[tuple[Divergence, list[tuple[str, str, str]]]]:
    """Yield each call that differs, with its marks that do; none for a different call, which is the last."""
    for index, (one, other) in enumerate(zip_longest(before, after)):
        found = Divergence(index=index, before=one, after=other)
        if one is None or other is None or (_where(one), one.caller) != (_where(other), other.caller):
            yield found, []
            return
        if one.marks != other.marks and (marks := _differing(one, other)):
            yield found, marks


def _where(call: TracedCall | None) -> tuple[str, str, int]:
    return ("", "", 0) if call is None else (call.function, call.file, call.line)


def _differing(one: TracedCall, other: TracedCall) -> list[tuple[str, str, str]]:
    """Return path and both texts of each mark whose digest differs, in the order of `one`."""
    first = {mark.path: mark for mark in one.marks}
    second = {mark.path: mark for mark in other.marks}
    paths = [path for path in {**first, **second} if _digest(first.get(path)) != _digest(second.get(path))]
    return [(path, *_texts(first.get(path), second.get(path))) for path in paths]


def _digest(mark: LeafMark | None) -> str | None:
    return None if mark is None else mark.digest


def _texts(one: LeafMark | None, other: LeafMark | None) -> tuple[str, str]:
    """Return both summaries, with their digests where they are the same text."""
    if one is None or other is None:
        return "" if one is None else one.text, "" if other is None else other.text
    if one.text != other.text:
        return one.text, other.text
    return f"{one.text} ({one.digest[:8]})", f"{other.text} ({other.digest[:8]})"
