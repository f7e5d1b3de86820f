# SPDX-License-Identifier: Apache-2.0
"""Values that one side lists and the other one folds, brought to one form, so that they can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.digest import Algorithm
from repro_action.fingerprint import FoldedValues
from repro_action.folded_values import Values, algorithm_of, fold, mark
from repro_action.text import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Remainder:
    """Values that are not compared one by one.

    Attributes:
        before, after: how many they are.
        same: whether they are the same on both sides.
        names: those that are known to differ; more may.
    """

    before: int
    after: int
    same: bool
    names: tuple[str, ...] = ()

    def sentence(self, noun: str) -> str:
        """Say which of them differ, as far as that is known: `1 of 19,488 further metrics differs: m7`."""
        if self.before != self.after:
            return (
                f"{self.before:,} → {plural(self.after, f'further {noun}')}, which are not listed one by one"
            )
        number = plural(self.before, f"further {noun}")
        if not self.names:
            return f"at least one of {number} differs; the baseline does not list them one by one"
        shown = ", ".join(self.names[:_SHOWN])
        more = len(self.names) - _SHOWN
        verb = "differs" if len(self.names) == 1 else "differ"
        return f"{len(self.names)} of {number} {verb}: {shown}" + (f" and {more:,} more" if more > 0 else "")


_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """Values of both sides that are compared one by one, and the others, where a side folds some."""

    before: Values
    after: Values
    others: Remainder | None = None


def align(before: Values, after: Values, old: FoldedValues | None, new: FoldedValues | None) -> Aligned:
    """Bring two sides to one form.

    Args:
        before: values that the older side lists.
        after: those that the newer one lists.
        old: what stands for those that the older side does not list, if there are any.
        new: likewise, of the newer one.
    """
    if old is not None and new is not None:
        return _both(before, after, old, new)
    if old is not None:
        listed, rest = _parted(after, before)
        return Aligned(before=before, after=listed, others=_like(old, rest))
    if new is not None:
        listed, rest = _parted(before, after)
        return Aligned(before=listed, after=after, others=_like(new, rest, swapped=True))
    return Aligned(before=before, after=after)


def _parted(values: Values, listed: Values) -> tuple[Values, Values]:
    return (
        {name: value for name, value in values.items() if name in listed},
        {name: value for name, value in values.items() if name not in listed},
    )


def _like(folded: FoldedValues, rest: Values, *, swapped: bool = False) -> Remainder:
    """Compare values with what stands for those of the other side."""
    algorithm = algorithm_of(folded)
    counts = (len(rest), folded.count) if swapped else (folded.count, len(rest))
    if algorithm is None:
        return Remainder(before=counts[0], after=counts[1], same=False)
    same = fold(rest, algorithm).digest == folded.digest and len(rest) == folded.count
    names = () if same else _differing(folded, rest, algorithm)
    return Remainder(before=counts[0], after=counts[1], same=same, names=names)


def _differing(folded: FoldedValues, rest: Values, algorithm: Algorithm) -> tuple[str, ...]:
    marks = folded.marks
    names = {
        name for name, text in marks.items() if name not in rest or mark(name, rest[name], algorithm) != text
    }
    if len(marks) == folded.count:
        names.update(name for name in rest if name not in marks)
    return tuple(sorted(names))


def _both(before: Values, after: Values, old: FoldedValues, new: FoldedValues) -> Aligned:
    """Compare two sides that both fold some; where they do not fold the same, that is a difference."""
    common = before.keys() & after.keys()
    unlike = (len(before) - len(common), len(after) - len(common))
    same = unlike == (0, 0) and (old.count, old.digest) == (new.count, new.digest)
    names = {name for name in old.marks.keys() & new.marks.keys() if old.marks[name] != new.marks[name]}
    return Aligned(
        before={name: value for name, value in before.items() if name in common},
        after={name: value for name, value in after.items() if name in common},
        others=Remainder(
            before=old.count + unlike[0],
            after=new.count + unlike[1],
            same=same,
            names=() if same or old.digest.algorithm != new.digest.algorithm else tuple(sorted(names)),
        ),
    )
