# SPDX-License-Identifier: Apache-2.0
"""Compare the materials of two runs: one line a reason, the most telling first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from repro_action.compare.materials import (
    OUTPUTS,
    MaterialDifference,
    Presence,
    same_value,
    split_step,
    suspicion,
)
from repro_action.compare.settings_groups import grouped
from repro_action.fingerprint import FoldedValues, MaterialKind, Materials
from repro_action.folded_values import ONE_BY_ONE, Values

if TYPE_CHECKING:
    from repro_action.compare.remainders import Remainder

NOUNS = {
    MaterialKind.CODE: "code file",
    MaterialKind.DATA: "data file",
    MaterialKind.PARAMS: "parameter",
    MaterialKind.STEPS: "step",
    MaterialKind.PACKAGES: "package",
    MaterialKind.RULES: "rule",
}
UNKNOWN = "a value that the baseline does not list"
"""What is said of the older value of a material that is known by name alone."""


def compare_materials(
    before: Materials,
    after: Materials,
    *,
    folded: tuple[Mapping[MaterialKind, FoldedValues], Mapping[MaterialKind, FoldedValues]] = (
        ONE_BY_ONE,
        ONE_BY_ONE,
    ),
) -> tuple[MaterialDifference, ...]:
    """List the materials that differ, the most telling first.

    Rules are compared where both sides recorded them. Outputs that a step declares are rules as well:
    they are written beside its command, and are no part of it. A file that one side records as code and
    the other as data is the same material.

    Args:
        before: the materials that the older side lists.
        after: those that the newer one lists.
        folded: kind → what stands for those that a side does not list, of both sides.
    """
    older, newer = _as_data(before, after), _as_data(after, before)
    kinds = [
        kind for kind in MaterialKind if kind is not MaterialKind.RULES or (kind in before and kind in after)
    ]
    aligned = {
        kind: _aligned(older.get(kind, {}), newer.get(kind, {}), *(side.get(kind) for side in folded))
        for kind in kinds
    }
    found = [
        _as_rule(
            MaterialDifference(
                kind=kind,
                name=name,
                before=old.get(name),
                after=new.get(name),
                presence=_presence(name in old, name in new),
            )
        )
        for kind, (old, new, _) in aligned.items()
        for name in sorted({*old, *new})
        if name not in old or name not in new or not same_value(old[name], new[name])
    ]
    others = [
        each
        for kind, (_, _, rest) in aligned.items()
        if rest is not None and not rest.same
        for each in _others(kind, rest, newer.get(kind, {}))
    ]
    return tuple(sorted([*grouped(found), *others], key=suspicion))


def _aligned(
    before: Values, after: Values, old: FoldedValues | None, new: FoldedValues | None
) -> tuple[Values, Values, Remainder | None]:
    """Return the values that are compared one by one, and the others, where a side folds some."""
    if old is None and new is None:
        return before, after, None
    from repro_action.compare.remainders import align  # seldom, and `repro status` is to be quick

    sides = align(before, after, old, new)
    return sides.before, sides.after, sides.others


def _others(kind: MaterialKind, others: Remainder, after: Values) -> Iterator[MaterialDifference]:
    """Yield what differs among the materials that a side does not list: by name, as far as it is known."""
    from repro_action.listing import REST

    for name in others.names:
        is_present = name in after
        yield MaterialDifference(
            kind=kind,
            name=name,
            before=UNKNOWN,
            after=after[name] if is_present else None,
            presence=Presence.CHANGED if is_present else Presence.REMOVED,
        )
    if not others.names:
        yield MaterialDifference(
            kind=kind,
            name=REST,
            before=others.before,
            after=others.after,
            extent=others.sentence(NOUNS.get(kind, "setting")),
            presence=Presence.CHANGED,
        )


def _as_data(side: Materials, other: Materials) -> Materials:
    """Return the materials with those files as data that this side calls code and the other one data."""
    code, data = side.get(MaterialKind.CODE, {}), side.get(MaterialKind.DATA, {})
    theirs = other.get(MaterialKind.DATA, {})
    moved = {name: value for name, value in code.items() if name in theirs and name not in data}
    if not moved:
        return side
    left = {name: value for name, value in code.items() if name not in moved}
    return {**side, MaterialKind.CODE: left, MaterialKind.DATA: {**data, **moved}}


def _as_rule(found: MaterialDifference) -> MaterialDifference:
    """Return a step that only declares other outputs as a rule, with the outputs alone."""
    if found.kind is not MaterialKind.STEPS or found.presence is not Presence.CHANGED:
        return found
    command, outputs = split_step(found.before)
    other, others = split_step(found.after)
    if not outputs or not others or command != other:
        return found
    name = f"{found.name}: {OUTPUTS}"
    return replace(found, kind=MaterialKind.RULES, name=name, before=outputs, after=others)


def _presence(in_before: bool, in_after: bool) -> Presence:
    if in_before and in_after:
        return Presence.CHANGED
    return Presence.REMOVED if in_before else Presence.ADDED
