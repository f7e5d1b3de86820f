# SPDX-License-Identifier: Apache-2.0
"""A material that differs between two runs, and how much that tells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from repro_action.fingerprint import MaterialKind
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
        file, line: where it is written in the project, from 1; empty and 0 where that is not known.
    """

    kind: MaterialKind
    name: str
    before: Scalar
    after: Scalar
    extent: str = ""
    presence: Presence = Presence.UNTYPED
    file: str = ""
    line: int = 0

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


def suspicion(found: MaterialDifference) -> tuple[int, bool, str]:
    """Return a key that sorts materials by how much they tell, likeliest causes first.

    Kinds are suspected in their order, but another Python comes before the packages that were built
    for it, and a package of another version before one that was only built anew.
    """
    kinds = list(MaterialKind)
    place = kinds.index(found.kind)
    if found.kind is MaterialKind.ENVIRONMENT and found.name in _INTERPRETER:
        return kinds.index(MaterialKind.SEED), True, found.name
    rebuilt = found.kind is MaterialKind.PACKAGES and _version(found.before) == _version(found.after)
    return place, rebuilt, found.name


_INTERPRETER = frozenset({"python", "implementation"})


def _version(value: Scalar) -> str:
    return str(value).partition(" ")[0]


def split_step(step: Scalar) -> tuple[str, str]:
    """Return the command and the outputs of a step's line, `python train.py → out/model.npz`."""
    command, arrow, outputs = str(step).rpartition(" → ")
    return (command, outputs) if arrow else (str(step), "")


def same_value(before: object, after: object) -> bool:
    """Compare two scalars; a NaN equals a NaN, 1 equals 1.0, but True is not 1, and -0.0 is not 0.0."""
    if isinstance(before, bool) != isinstance(after, bool):
        return False
    if isinstance(before, int | float) and isinstance(after, int | float) and before == 0 == after:
        # Their quotients differ, and so do their bits, as those of leaves do.
        return math.copysign(1, before) == math.copysign(1, after)
    return before == after or (before != before and after != after)  # noqa: PLR0124 - NaN differs from itself
