# SPDX-License-Identifier: Apache-2.0
"""Which materials differ between two runs."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.fingerprint import MaterialKind, Materials
from repro_action.tree import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialDifference:
    """One material that differs; `present` tells None from "not there"."""

    kind: MaterialKind
    name: str
    before: Scalar
    after: Scalar
    in_before: bool = True
    in_after: bool = True


def compare_materials(before: Materials, after: Materials) -> tuple[MaterialDifference, ...]:
    """List the materials that differ, in the order of `MaterialKind`, then by name."""
    return tuple(
        MaterialDifference(
            kind=kind,
            name=name,
            before=old.get(name),
            after=new.get(name),
            in_before=name in old,
            in_after=name in new,
        )
        for kind in MaterialKind
        for old, new in [(before.get(kind, {}), after.get(kind, {}))]
        for name in sorted({*old, *new})
        if name not in old or name not in new or not same_value(old[name], new[name])
    )


def same_value(before: object, after: object) -> bool:
    """Compare two scalars; a NaN equals a NaN, 1 equals 1.0, but True is not 1."""
    if isinstance(before, bool) != isinstance(after, bool):
        return False
    return before == after or (before != before and after != after)  # noqa: PLR0124 - NaN differs from itself
