# SPDX-License-Identifier: Apache-2.0
"""Products leaf by leaf, under the tolerances declared for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from repro_action.compare.artifact_rules import tolerance_for
from repro_action.compare.difference import DifferingLeaf, ProductDifference, ProductState
from repro_action.compare.elements import compare_elements, within
from repro_action.compare.order import KeyOrder, SortedLines, key_order
from repro_action.config.model import ArtifactRule, Tolerance
from repro_action.errors import ArtifactUnreadable
from repro_action.exclusions import same_exclusions
from repro_action.fingerprint import Product
from repro_action.listing import REST, above, below
from repro_action.readers.dtypes import JSON_TABLES
from repro_action.tree import Kind, Leaf


def compare_products(
    before: Mapping[str, Product], after: Mapping[str, Product], rules: Iterable[ArtifactRule]
) -> tuple[ProductDifference, ...]:
    """Compare every product of either side, sorted by path.

    Args:
        before: products of the baseline by path.
        after: products of the candidate by path.
        rules: tolerances by glob; the last one that matches applies.
    """
    all_rules = tuple(rules)
    return tuple(
        _product(path, before.get(path), after.get(path), tolerance_for(path, all_rules))
        for path in sorted({*before, *after})
    )


def _product(
    path: str, before: Product | None, after: Product | None, tolerance: Tolerance
) -> ProductDifference:
    if before is None or after is None:
        present = after or before
        return ProductDifference(
            path=path,
            step=present.step if present is not None else "",
            state=ProductState.MISSING if after is None else ProductState.ADDED,
            before=before,
            after=after,
        )
    leaves = compare_leaves(before, after, tolerance)
    state = ProductState.DIFFERS
    if leaves:
        state = ProductState.TOLERATED if all(leaf.within for leaf in leaves) else ProductState.DIFFERS
    if path and before.format != after.format:
        # Whoever loads a file by its name can no longer load it, whatever it holds. Two files that are
        # compared directly have no name in common, and may well be of two formats.
        state = ProductState.DIFFERS
    elif not leaves:
        by_bytes = not before.by_tree and not after.by_tree
        state = (
            ProductState.BYTES_ONLY if by_bytes and before.digest != after.digest else ProductState.IDENTICAL
        )
    return ProductDifference(
        path=path, step=after.step, state=state, before=before, after=after, leaves=leaves
    )


def compare_leaves(before: Product, after: Product, tolerance: Tolerance) -> tuple[DifferingLeaf, ...]:
    """List the leaves that differ, but for those that a rule of the later run excludes.

    What the baseline says of exclusion does not count: a hand-edited baseline could hide a
    leaf with it. A rule that was added since leaves out what the baseline has there, too.
    Where one side folds a branch that the other lists, the digests stand for different depths: the
    branch is one difference, and nothing below it is called missing.
    """
    differing = [
        path
        for path in sorted({*before.leaves, *after.leaves} - _left_out(before, after))
        if not _same(before.leaves.get(path), after.leaves.get(path))
    ]
    orders = _orders(differing, before, after)
    # What was added or removed says it already, or a rule leaves it out.
    differing = [path for path in differing if orders.get(path) is not KeyOrder.SAME]
    folds = [
        path for path in differing if _folded(before.leaves.get(path)) != _folded(after.leaves.get(path))
    ]
    if before.digest == after.digest and same_exclusions(before, after):
        # The same bytes: what only one side lists can be in a line that the other folded, as another
        # release does. What no such line can stand for was struck from the baseline.
        tables = _tables(before) ^ _tables(after)
        differing = [
            path
            for path in differing
            if path not in folds
            and path != REST
            and not any(not table or path == table or below(path, table) for table in tables)
            and not _listed_elsewhere(path, before.leaves, after.leaves)
            and not _listed_elsewhere(path, after.leaves, before.leaves)
        ]
    return tuple(
        replace(
            compare_pair(path, before.leaves.get(path), after.leaves.get(path), tolerance),
            order=orders.get(path),
        )
        for path in differing
        if not any(below(path, fold) for fold in folds)
    )


def _orders(differing: Iterable[str], before: Product, after: Product) -> dict[str, KeyOrder]:
    """Return how the keys of branches stand whose own lines differ and whose types do not."""
    found: dict[str, KeyOrder] = {}
    left = right = None
    for path in differing:
        sides = (before.leaves.get(path), after.leaves.get(path))
        lines = [line for line in sides if line is not None]
        typed = {line.dtype for line in lines}
        # Of one that has no line on one side, a type is what it lost or was given.
        if any(line.kind is not Kind.OBJECT for line in lines) or len(typed) > 1:
            continue
        if len(lines) < len(sides) and typed != {""}:
            continue
        left, right = left or SortedLines.of(before.leaves), right or SortedLines.of(after.leaves)
        found[path] = key_order(path, left, right)
    return found


def _tables(product: Product) -> set[str]:
    """Return what was read as tables of JSON records; earlier releases list record by record."""
    return {path for path, leaf in product.leaves.items() if leaf.dtype in JSON_TABLES}


def _listed_elsewhere(path: str, there: Mapping[str, Leaf], here: Mapping[str, Leaf]) -> bool:
    """Whether a line of `there`, which `here` has not, stands for what `here` folds or lists below it."""
    if path not in there or path in here:
        return False
    if REST in here or any(_folded(here.get(top)) for top in ("", *above(path))):
        return True
    return _folded(there[path]) and any(below(other, path) for other in here)


def _left_out(before: Product, after: Product) -> set[str]:
    """Return leaves of the baseline that a rule, which it was accepted without, now leaves out.

    What the later run lists was left out by no rule, whatever its path reads like; and a path that
    the baseline left out as well names another leaf there.
    """
    if before.unlisted is not None:
        return set()  # it is not known which of them it left out
    new = set(after.excluded) - set(before.excluded)
    return {
        path
        for path in before.leaves
        if new and path not in after.leaves and (path in new or any(top in new for top in above(path)))
    }


def _folded(leaf: Leaf | None) -> bool:
    return leaf is not None and leaf.kind is Kind.FOLDED


def _same(before: Leaf | None, after: Leaf | None) -> bool:
    return before is not None and after is not None and before.digest == after.digest


def compare_pair(path: str, before: Leaf | None, after: Leaf | None, tolerance: Tolerance) -> DifferingLeaf:
    """Measure how two leaves that differ do, and whether a tolerance allows it."""
    if before is None or after is None or before.kind is not after.kind or before.kind is Kind.FOLDED:
        return DifferingLeaf(path=path, before=before, after=after)
    try:
        inside = False if tolerance.exact else within(before, after, tolerance)
        elements = compare_elements(before, after)
    except ArtifactUnreadable:
        # A content that cannot be read again is as one that is not at hand.
        before, after = replace(before, payload=None), replace(after, payload=None)
        inside = False if tolerance.exact else within(before, after, tolerance)
        elements = None
    return DifferingLeaf(
        path=path,
        before=before,
        after=after,
        within=inside is True,
        undecided=inside is None,
        elements=elements,
    )
