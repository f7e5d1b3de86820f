# SPDX-License-Identifier: Apache-2.0
"""Which materials differ between two runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from repro_action.fingerprint import MaterialKind, Materials
from repro_action.tree import Scalar

OUTPUTS = "outputs"
"""Ends the name of the rule that says which outputs of a step are compared."""


READ = "metrics"
"""Ends the name of the rule by which a file is read as metrics."""


class Presence(StrEnum):
    """On which sides a material is."""

    UNTYPED = ""
    """A report of an earlier version: both values are texts for people, empty where a side has none."""
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialDifference:
    """One material that differs.

    Attributes:
        kind, name: which material.
        before, after: its values; None also where a side has no such material, which `presence` says.
        extent: what is known beyond digests, such as `+120 rows`.
        presence: on which sides it is.
    """

    kind: MaterialKind
    name: str
    before: Scalar
    after: Scalar
    extent: str = ""
    presence: Presence = Presence.UNTYPED

    @property
    def in_before(self) -> bool:
        """Whether the older side has it."""
        absent = self.presence is Presence.UNTYPED and self.before == ""
        return not absent and self.presence is not Presence.ADDED

    @property
    def in_after(self) -> bool:
        """Whether the newer side has it."""
        absent = self.presence is Presence.UNTYPED and self.after == ""
        return not absent and self.presence is not Presence.REMOVED


def compare_materials(before: Materials, after: Materials) -> tuple[MaterialDifference, ...]:
    """List the materials that differ, in the order of `MaterialKind`, then by name.

    Rules are compared where both sides recorded them. Outputs that a step declares are rules as well:
    they are written beside its command, and are no part of it.
    """
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
        for old, new in [(before.get(kind, {}), after.get(kind, {}))]
        for name in sorted({*old, *new})
        if name not in old or name not in new or not same_value(old[name], new[name])
    ]
    kinds = list(MaterialKind)
    return tuple(sorted(found, key=lambda one: kinds.index(one.kind)))


def _as_rule(found: MaterialDifference) -> MaterialDifference:
    """Return a step that only declares other outputs as a rule, with the outputs alone."""
    if found.kind is not MaterialKind.STEPS or found.presence is not Presence.CHANGED:
        return found
    command, outputs = _split(found.before)
    other, others = _split(found.after)
    if not outputs or not others or command != other:
        return found
    name = f"{found.name}: {OUTPUTS}"
    return replace(found, kind=MaterialKind.RULES, name=name, before=outputs, after=others)


def _split(step: Scalar) -> tuple[str, str]:
    """Return the command and the outputs of a step's line, `python train.py → out/model.npz`."""
    command, arrow, outputs = str(step).rpartition(" → ")
    return (command, outputs) if arrow else (str(step), "")


def _presence(in_before: bool, in_after: bool) -> Presence:
    if in_before and in_after:
        return Presence.CHANGED
    return Presence.REMOVED if in_before else Presence.ADDED


def same_value(before: object, after: object) -> bool:
    """Compare two scalars; a NaN equals a NaN, 1 equals 1.0, but True is not 1."""
    if isinstance(before, bool) != isinstance(after, bool):
        return False
    return before == after or (before != before and after != after)  # noqa: PLR0124 - NaN differs from itself
