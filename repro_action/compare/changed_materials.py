# SPDX-License-Identifier: Apache-2.0
"""Compare the materials of two runs: one line a reason, the most telling first."""

from __future__ import annotations

from dataclasses import replace

from repro_action.compare.materials import (
    OUTPUTS,
    MaterialDifference,
    Presence,
    same_value,
    split_step,
    suspicion,
)
from repro_action.compare.settings_groups import grouped
from repro_action.fingerprint import MaterialKind, Materials


def compare_materials(before: Materials, after: Materials) -> tuple[MaterialDifference, ...]:
    """List the materials that differ, the most telling first.

    Rules are compared where both sides recorded them. Outputs that a step declares are rules as well:
    they are written beside its command, and are no part of it. A file that one side records as code and
    the other as data is the same material.
    """
    older, newer = _as_data(before, after), _as_data(after, before)
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
        for kind in MaterialKind
        if kind is not MaterialKind.RULES or (kind in before and kind in after)
        for old, new in [(older.get(kind, {}), newer.get(kind, {}))]
        for name in sorted({*old, *new})
        if name not in old or name not in new or not same_value(old[name], new[name])
    ]
    return tuple(sorted(grouped(found), key=suspicion))


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
