# SPDX-License-Identifier: Apache-2.0
"""Which materials differ between two runs."""

from __future__ import annotations

from repro_action.compare.difference import MaterialDifference
from repro_action.fingerprint import MaterialKind, Materials


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
