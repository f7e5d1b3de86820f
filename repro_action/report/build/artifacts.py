# SPDX-License-Identifier: Apache-2.0
"""Compared products → the report's artifact differences, worst first and bounded."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from repro_action.compare import difference as compared
from repro_action.compare.order import KeyOrder
from repro_action.listing import below
from repro_action.readers.dtypes import EVERY
from repro_action.report.build.grouping import Group, groups, natural
from repro_action.report.model import ArtifactDifference, LeafDifference, Magnitude, Measured, State
from repro_action.report.numbers import number, shape
from repro_action.text import plural
from repro_action.tree import Kind, Leaf, Scalar, Statistics

MAX_ARTIFACTS = 50
MAX_LEAVES = 100
"""Lines; a line may stand for many leaves."""

_STATES = {
    compared.ProductState.IDENTICAL: State.IDENTICAL,
    compared.ProductState.BYTES_ONLY: State.BYTES_ONLY,
    compared.ProductState.TOLERATED: State.TOLERATED,
    compared.ProductState.DIFFERS: State.DIFFERS,
    compared.ProductState.MISSING: State.MISSING,
    compared.ProductState.ADDED: State.ADDED,
}

_SEVERITY = [State.MISSING, State.UNREADABLE, State.DIFFERS, State.ADDED, State.TOLERATED, State.BYTES_ONLY]


def artifacts(
    products: Collection[compared.ProductDifference], steps: Sequence[str], *, unnamed: str = ""
) -> tuple[tuple[ArtifactDifference, ...], int]:
    """Return what is listed, and how many more differ.

    Those that break the claim come first, in the order in which their steps ran: what
    differs first is nearest to the cause. A product without a path is called `unnamed`.
    """
    place = {name: index for index, name in enumerate(steps)}
    differing = [
        _artifact(product, product.path or unnamed)
        for product in products
        if product.state is not compared.ProductState.IDENTICAL
    ]
    ranked = sorted(
        differing,
        key=lambda found: (
            found.state.accepted,
            place.get(found.step, len(place)),
            _SEVERITY.index(found.state),
            natural(found.path),
        ),
    )
    return tuple(ranked[:MAX_ARTIFACTS]), max(0, len(ranked) - MAX_ARTIFACTS)


def leaf_counts(product: compared.ProductDifference) -> tuple[int, int]:
    """Return how many leaves were compared, those of either side, and how many are identical.

    Where only one side lists what lies below a branch, the branch is one leaf.
    """
    if product.before is None or product.after is None:
        return 0, 0
    before, after = product.before.leaves, product.after.leaves
    paths = {*before, *after} - set(product.after.excluded)
    same = sum(1 for path in paths if path in before and path in after and _equal(before[path], after[path]))
    folds = [leaf.path for leaf in product.leaves if _half_folded(leaf)]
    hidden = sum(1 for path in paths if any(below(path, fold) for fold in folds)) if folds else 0
    return len(paths) - hidden, same


def _equal(before: Leaf, after: Leaf) -> bool:
    return before.digest == after.digest


def _half_folded(leaf: compared.DifferingLeaf) -> bool:
    return [side is not None and side.kind is Kind.FOLDED for side in (leaf.before, leaf.after)].count(
        True
    ) == 1


def _artifact(product: compared.ProductDifference, name: str) -> ArtifactDifference:
    side = product.after or product.before
    lines, reason = groups(product.leaves), _product_reason(product)
    return ArtifactDifference(
        path=name,
        step=product.step,
        format=side.format if side is not None else "",
        state=_STATES[product.state],
        size_before=product.before.size if product.before is not None else None,
        size_after=product.after.size if product.after is not None else None,
        reason=reason,
        leaves=tuple(_without_repeated_reason(_line(line), reason) for line in lines[:MAX_LEAVES]),
        leaf_count=leaf_counts(product)[0],
        hidden=sum(line.count for line in lines[MAX_LEAVES:]),
    )


def _without_repeated_reason(line: LeafDifference, reason: str) -> LeafDifference:
    """Return a line of bytes without the reason that its artifact has already."""
    return replace(line, reason="") if line.opaque is not None and line.reason == reason else line


def _product_reason(product: compared.ProductDifference) -> str:
    """Say why a product is compared as bytes, or that it became one of another format."""
    before, after = product.before, product.after
    if before is not None and after is not None and product.path and before.format != after.format:
        return after.reason or f"the format was {before.format}"
    side = after or before
    return side.reason if side is not None else ""


def _line(group: Group) -> LeafDifference:
    """Put a leaf, or several that differ alike, into one line."""
    found = [leaf_difference(leaf) for leaf in group.heads]
    first = found[0]
    if len(found) == 1:
        return replace(first, count=group.count)
    reasons = {leaf.reason for leaf in found}
    values = {(leaf.before, leaf.after) for leaf in found}
    return replace(
        first,
        path=group.path,
        before=first.before if len(values) == 1 else "",
        after=first.after if len(values) == 1 else "",
        shape=first.shape if len({leaf.shape for leaf in found}) == 1 else (),
        magnitude=_largest([leaf.magnitude for leaf in found]),
        reason=first.reason if len(reasons) == 1 else "shapes differ" if all(reasons) else "",
        count=group.count,
        opaque=None,
    )


def _largest(magnitudes: Sequence[Magnitude | None]) -> Magnitude | None:
    """Join the figures of several leaves; None where one of them has none."""
    present = [found for found in magnitudes if found is not None]
    if len(present) < len(magnitudes) or len({found.measured for found in present}) > 1:
        return None
    differing = [found.differing for found in present if found.differing is not None]
    totals = [found.total for found in present if found.total is not None]
    ulp = [found.max_ulp for found in present if found.max_ulp is not None]
    return Magnitude(
        measured=present[0].measured,
        max_abs=_most([found.max_abs for found in present]),
        max_rel=_most([found.max_rel for found in present]),
        max_ulp=max(ulp) if len(ulp) == len(present) else None,
        # Of single values, the count of leaves says it already.
        differing=sum(differing) if len(differing) == len(present) and {*totals} != {1} else None,
        total=sum(totals) if len(totals) == len(present) else None,
    )


def _most(amounts: Sequence[float | None]) -> float | None:
    present = [amount for amount in amounts if amount is not None]
    return max(present, default=None)


def leaf_difference(leaf: compared.DifferingLeaf) -> LeafDifference:
    """Put one leaf into the report's terms."""
    side = leaf.after or leaf.before
    if leaf.before is None or leaf.after is None:
        state = State.ADDED if leaf.before is None else State.MISSING
    else:
        state = State.TOLERATED if leaf.within else State.DIFFERS
    before, after = _values(leaf)
    return LeafDifference(
        path=leaf.path,
        state=state,
        before=before,
        after=after,
        dtype=side.dtype if side is not None else "",
        shape=side.shape if side is not None else (),
        magnitude=_magnitude(leaf),
        reason=_reason(leaf),
        opaque=leaf.elements.opaque if leaf.elements is not None else None,
    )


def _values(leaf: compared.DifferingLeaf) -> tuple[str, str]:
    """Describe both sides: by their value where they have only one, by a text's first unlike line."""
    before, after = leaf.before, leaf.after
    if before is not None and after is not None and leaf.elements is not None:
        first: tuple[Scalar, Scalar] = leaf.elements.first_values
        texts = isinstance(first[0], str) and isinstance(first[1], str) and _of_texts(before)
        single = leaf.elements.total == 1 or before.kind in {Kind.TEXT, Kind.BYTES} or texts
        if single and first[0] != first[1]:
            return number(first[0]), number(first[1])
    return (
        summary(before) if before is not None else "",
        summary(after) if after is not None else "",
    )


def _of_texts(leaf: Leaf) -> bool:
    """Whether the elements are texts: of many, the first that differ say more than a digest."""
    return leaf.kind is Kind.ARRAY and leaf.dtype.lstrip("<>=|")[:1] in {"t", "U"}


def _reason(leaf: compared.DifferingLeaf) -> str:
    if leaf.undecided:
        return "a tolerance is declared, but it cannot be checked without the accepted artifact"
    if leaf.order is not None:
        return _ORDERS[leaf.order]
    before, after = leaf.before, leaf.after
    if before is None or after is None:
        return after.reason if after is not None else ""
    if _is_claimed(before):
        return before.reason
    if before.kind is not after.kind:
        folded = Kind.FOLDED in {before.kind, after.kind}
        return "only one side lists its leaves" if folded else f"{before.kind} became {after.kind}"
    if before.dtype != after.dtype:
        return f"{before.dtype or 'no type'} became {after.dtype or 'no type'}"
    if before.shape == after.shape or after.kind is Kind.FOLDED:
        return after.reason
    if after.kind in _UNITS:
        return f"{_length(before)} became {after.shape[0] if after.shape else 0}"
    return f"shape {shape(before.shape)} became {shape(after.shape)}"


def _is_claimed(leaf: Leaf) -> bool:
    """Whether nothing is known of a leaf but the digest that another tool recorded of its file."""
    return not leaf.digest.algorithm.startswith("leaf1-")


_ORDERS = {
    KeyOrder.SAME: "",
    KeyOrder.OTHER: "its entries are in another order",
    KeyOrder.UNKNOWN: "its keys or their order changed",
}
_UNITS = {Kind.TEXT: "character", Kind.BYTES: "byte", Kind.UNREADABLE: "byte"}


def _length(leaf: Leaf) -> str:
    return plural(leaf.shape[0] if leaf.shape else 0, _UNITS[leaf.kind])


def summary(leaf: Leaf) -> str:
    """Describe one leaf in a few words, from what a baseline keeps of it."""
    match leaf.kind:
        case Kind.NUMBER | Kind.BOOLEAN:
            return number(leaf.value) if leaf.value is not None else f"{leaf.dtype} {leaf.digest.short}"
        case Kind.NULL:
            return "null"
        case Kind.OBJECT:
            return leaf.dtype or f"order {leaf.digest.short}"
        case Kind.EMPTY:
            return leaf.dtype or "empty"
        case Kind.FOLDED if _is_claimed(leaf):
            return f"{leaf.digest.algorithm} {leaf.digest.short}"
        case Kind.FOLDED:
            leaves = plural(leaf.shape[0] if leaf.shape else 0, "leaf")
            return f"{leaf.dtype or 'branch'} of {leaves} {leaf.digest.short}"
        case Kind.ARRAY:
            content = f" {_figures(leaf.stats)}" if leaf.stats is not None else f" {leaf.digest.short}"
            return f"{leaf.dtype} {shape(leaf.shape)}{content}"
        case Kind.TEXT | Kind.BYTES | Kind.UNREADABLE:
            return f"{_length(leaf)} {leaf.digest.short}"


def _figures(stats: Statistics) -> str:
    nan = f" nan {stats.nan}" if stats.nan else ""
    return f"mean {stats.mean:.6g} std {stats.std:.6g} min {stats.min:.6g} max {stats.max:.6g}{nan}"


def _place(path: str, index: str) -> str:
    """Return where the first element that differs is: in a table of JSON records, the record's key."""
    if path.count(EVERY) != 1 or not index.startswith("["):
        return index
    record, *inner = index[1:-1].split(", ")
    return path.replace(EVERY, f"[{record}]") + (f"[{', '.join(inner)}]" if inner else "")


def _magnitude(leaf: compared.DifferingLeaf) -> Magnitude | None:
    before, after, elements = leaf.before, leaf.after, leaf.elements
    if before is None or after is None:
        return None
    if elements is not None and elements.opaque is not None and not elements.first_index:
        return None  # only one side was at hand
    if elements is not None:
        return Magnitude(
            measured=Measured.ELEMENTS,
            max_abs=elements.max_abs,
            max_rel=elements.max_rel,
            max_ulp=elements.max_ulp,
            differing=elements.differing,
            total=elements.total,
            first=_place(leaf.path, elements.first_index),
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
    # A bound of nothing says nothing.
    max_abs = bound if bound and math.isfinite(bound) else None
    return Magnitude(measured=Measured.STATISTICS, max_abs=max_abs, total=after.stats.count)
