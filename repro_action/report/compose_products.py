# SPDX-License-Identifier: Apache-2.0
"""Compared products → the report's artifact differences, worst first and bounded."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from repro_action.compare import difference as compared
from repro_action.report.model import ArtifactDifference, LeafDifference, Magnitude, Measured, State
from repro_action.report.numbers import number
from repro_action.tree import Kind, Leaf, Statistics

MAX_ARTIFACTS = 50
MAX_LEAVES = 20

_STATES = {
    compared.State.IDENTICAL: State.IDENTICAL,
    compared.State.BYTES_ONLY: State.BYTES_ONLY,
    compared.State.TOLERATED: State.TOLERATED,
    compared.State.DIFFERS: State.DIFFERS,
    compared.State.MISSING: State.MISSING,
    compared.State.ADDED: State.ADDED,
}

_SEVERITY = [State.MISSING, State.UNREADABLE, State.DIFFERS, State.ADDED, State.TOLERATED, State.BYTES_ONLY]


def artifacts(
    products: Collection[compared.ProductDifference], steps: Sequence[str]
) -> tuple[tuple[ArtifactDifference, ...], int]:
    """Return what is listed, and how many more differ.

    Those that break the claim come first, in the order in which their steps ran: what
    differs first is nearest to the cause.
    """
    place = {name: index for index, name in enumerate(steps)}
    differing = [_artifact(product) for product in products if product.state is not compared.State.IDENTICAL]
    ranked = sorted(
        differing,
        key=lambda found: (
            found.state.accepted,
            place.get(found.step, len(place)),
            _SEVERITY.index(found.state),
            found.path,
        ),
    )
    return tuple(ranked[:MAX_ARTIFACTS]), max(0, len(ranked) - MAX_ARTIFACTS)


def _artifact(product: compared.ProductDifference) -> ArtifactDifference:
    held = product.after or product.before
    leaves = sorted(product.leaves, key=lambda leaf: (leaf.within, _elements(leaf), leaf.path))
    return ArtifactDifference(
        path=product.path,
        step=product.step,
        format=held.format if held is not None else "",
        state=_STATES[product.state],
        size_before=product.before.size if product.before is not None else None,
        size_after=product.after.size if product.after is not None else None,
        reason=held.reason if held is not None else "",
        leaves=tuple(leaf_difference(leaf) for leaf in leaves[:MAX_LEAVES]),
        leaf_count=len(held.leaves) if held is not None else 0,
        hidden=max(0, len(leaves) - MAX_LEAVES),
    )


def _elements(leaf: compared.LeafDifference) -> int:
    """Small leaves first: the smallest that differs is the easiest to look into."""
    held = leaf.after or leaf.before
    count = 1
    for size in held.shape if held is not None else ():
        count *= size
    return count


def leaf_difference(leaf: compared.LeafDifference) -> LeafDifference:
    """Put one leaf into the report's terms."""
    held = leaf.after or leaf.before
    if leaf.before is None or leaf.after is None:
        state = State.ADDED if leaf.before is None else State.MISSING
    else:
        state = State.TOLERATED if leaf.within else State.DIFFERS
    return LeafDifference(
        path=leaf.path,
        state=state,
        before=summary(leaf.before) if leaf.before is not None else "",
        after=summary(leaf.after) if leaf.after is not None else "",
        dtype=held.dtype if held is not None else "",
        shape=held.shape if held is not None else (),
        magnitude=_magnitude(leaf),
        reason=_reason(leaf),
    )


def _reason(leaf: compared.LeafDifference) -> str:
    if leaf.undecided:
        return "a tolerance is declared, but without the accepted artifact it cannot be shown that it holds"
    if leaf.before is not None and leaf.after is not None:
        if leaf.before.kind is not leaf.after.kind:
            return f"{leaf.before.kind} became {leaf.after.kind}"
        if leaf.before.dtype != leaf.after.dtype:
            return f"{leaf.before.dtype or 'no type'} became {leaf.after.dtype or 'no type'}"
        if leaf.before.shape != leaf.after.shape and leaf.after.kind is not Kind.FOLDED:
            return f"shape {_shape(leaf.before)} became {_shape(leaf.after)}"
    return leaf.after.reason if leaf.after is not None else ""


def summary(leaf: Leaf) -> str:
    """Describe one leaf in a few words, from what a baseline keeps of it."""
    match leaf.kind:
        case Kind.NUMBER | Kind.BOOLEAN:
            return number(leaf.value) if leaf.value is not None else f"{leaf.dtype} {leaf.digest.short}"
        case Kind.NULL:
            return "null"
        case Kind.OBJECT | Kind.EMPTY:
            return leaf.dtype or "empty"
        case Kind.FOLDED:
            return (
                f"{leaf.dtype or 'branch'} of {leaf.shape[0] if leaf.shape else 0} leaves {leaf.digest.short}"
            )
        case Kind.ARRAY:
            told = f" {_figures(leaf.stats)}" if leaf.stats is not None else f" {leaf.digest.short}"
            return f"{leaf.dtype} {_shape(leaf)}{told}"
        case Kind.TEXT | Kind.BYTES | Kind.UNREADABLE:
            length = leaf.shape[0] if leaf.shape else 0
            unit = "characters" if leaf.kind is Kind.TEXT else "bytes"
            return f"{length} {unit} {leaf.digest.short}"


def _figures(stats: Statistics) -> str:
    nan = f" nan {stats.nan}" if stats.nan else ""
    return f"mean {stats.mean:.6g} std {stats.std:.6g} min {stats.min:.6g} max {stats.max:.6g}{nan}"


def _shape(leaf: Leaf) -> str:
    return "\N{MULTIPLICATION SIGN}".join(map(str, leaf.shape)) or "scalar"


def _magnitude(leaf: compared.LeafDifference) -> Magnitude | None:
    before, after, elements = leaf.before, leaf.after, leaf.elements
    if before is None or after is None:
        return None
    if elements is not None:
        return Magnitude(
            measured=Measured.ELEMENTS,
            max_abs=elements.max_abs,
            max_rel=elements.max_rel,
            max_ulp=elements.max_ulp,
            differing=elements.differing,
            total=elements.total,
            first=elements.first_index,
        )
    if isinstance(before.value, int | float) and isinstance(after.value, int | float):
        delta = abs(after.value - before.value)
        return Magnitude(
            measured=Measured.ELEMENTS,
            max_abs=delta,
            max_rel=delta / abs(before.value) if before.value else None,
            differing=1,
            total=1,
        )
    if before.stats is None or after.stats is None:
        return None
    # The largest element differs at least by as much as the extremes moved.
    bound = max(abs(after.stats.min - before.stats.min), abs(after.stats.max - before.stats.max))
    known = bound if math.isfinite(bound) else None
    return Magnitude(measured=Measured.STATISTICS, max_abs=known, total=after.stats.count)
