# SPDX-License-Identifier: Apache-2.0
"""An accepted product and a deployed file: whether they hold the same model, whatever each is stored in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from repro_action.compare.correspondence import OBJECTS, ContainerLeaves, Correspondence, correspond
from repro_action.compare.difference import DifferingLeaf, ProductDifference, ProductState
from repro_action.compare.products import compare_leaves, compare_pair
from repro_action.config.model import Tolerance
from repro_action.fingerprint import Product
from repro_action.listing import flatten, flatten_like
from repro_action.tree import Kind, Leaf, Node

WHOLE = 20_000
"""Leaves that are listed of each side where two containers are matched."""


class ModelMatch(StrEnum):
    """How a deployed model compares with an accepted one."""

    IDENTICAL = "identical"
    TOLERATED = "tolerated"
    DIFFERS = "differs"
    INCOMPLETE = "incomplete"
    """What could be compared agrees, and something has no counterpart."""

    @property
    def passes(self) -> bool:
        """Whether the model is the accepted one, at least inside the tolerance."""
        return self in {ModelMatch.IDENTICAL, ModelMatch.TOLERATED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerComparison:
    """A subject compared with one accepted product.

    Attributes:
        match: the answer.
        difference: leaf by leaf, by the paths of the accepted product.
        correspondence: how leaves were matched by name; None where both formats hold the same tree.
        folded: whether leaves are folded into a line of the baseline, and could not be matched for it.
    """

    match: ModelMatch
    difference: ProductDifference
    correspondence: Correspondence | None = None
    folded: bool = False

    @property
    def identical(self) -> int:
        """Number of leaves that correspond and are the same."""
        if self.correspondence is not None:
            return sum(1 for pair in self.correspondence.pairs if pair.same)
        before, after = self.difference.before, self.difference.after
        if before is None or after is None:
            return 0
        return sum(1 for path, leaf in before.leaves.items() if _same(leaf, after.leaves.get(path)))

    @property
    def corresponding(self) -> int:
        """Number of leaves that correspond."""
        if self.correspondence is not None:
            return len(self.correspondence.pairs)
        before, after = self.difference.before, self.difference.after
        return len(before.leaves.keys() & after.leaves.keys()) if before and after else 0


def _same(one: Leaf, other: Leaf | None) -> bool:
    return other is not None and one.digest == other.digest


def compare_containers(
    path: str,
    accepted: Product,
    subject: Product,
    root: Node,
    *,
    tolerance: Tolerance,
    bytes_of: Node | None = None,
) -> ContainerComparison:
    """Compare a deployed file with an accepted product.

    Args:
        path: of the product.
        accepted: as the baseline has it.
        subject: of the deployed file; its leaves are not looked at.
        root: the deployed file's tree.
        tolerance: declared for the product.
        bytes_of: tree of the accepted artifact, where it is at hand; it holds what the baseline lists.
    """
    likewise = replace(subject, leaves=flatten_like(root, accepted.leaves))
    differing = compare_leaves(accepted, likewise, tolerance)
    if not differing:
        return ContainerComparison(
            match=ModelMatch.IDENTICAL, difference=_difference(path, accepted, likewise, ModelMatch.IDENTICAL)
        )
    listed = accepted if bytes_of is None else replace(accepted, leaves=_whole(bytes_of))
    if accepted.format == subject.format or {accepted.format, subject.format} <= OBJECTS:
        if bytes_of is not None:
            likewise = replace(subject, leaves=_whole(root))
            differing = compare_leaves(listed, likewise, tolerance)
        match = ModelMatch.TOLERATED if all(leaf.within for leaf in differing) else ModelMatch.DIFFERS
        other = _rewrapped(path, listed, replace(subject, leaves=_whole(root)), tolerance)
        if match is ModelMatch.DIFFERS and other is not None:
            return other
        return ContainerComparison(
            match=match, difference=_difference(path, listed, likewise, match, differing)
        )
    return _across(path, listed, replace(subject, leaves=_whole(root)), tolerance)


def _rewrapped(
    path: str, accepted: Product, subject: Product, tolerance: Tolerance
) -> ContainerComparison | None:
    """Return the comparison of two files of one format of which one wraps what the other holds.

    A checkpoint with its state dict is no state dict, and both can hold the same weights.
    """
    tops = [product.leaves.get("") for product in (accepted, subject)]
    kinds = [(top.kind, top.dtype) if top is not None else None for top in tops]
    if kinds[0] == kinds[1] and accepted.leaves.keys() & subject.leaves.keys() - {""}:
        return None
    found = _across(path, accepted, subject, tolerance)
    paired = found.correspondence is not None and bool(found.correspondence.pairs)
    return found if paired and found.match is not ModelMatch.DIFFERS else None


def _across(path: str, accepted: Product, subject: Product, tolerance: Tolerance) -> ContainerComparison:
    found = correspond(
        ContainerLeaves(format=accepted.format, leaves=accepted.leaves),
        ContainerLeaves(format=subject.format, leaves=subject.leaves),
    )
    differing = tuple(
        compare_pair(pair.path, accepted.leaves[pair.path], subject.leaves[pair.other], tolerance)
        for pair in found.pairs
        if not pair.same
    )
    if not all(leaf.within for leaf in differing):
        match = ModelMatch.DIFFERS
    elif not found.whole:
        match = ModelMatch.INCOMPLETE
    else:
        match = ModelMatch.TOLERATED if differing else ModelMatch.IDENTICAL
    # The subject is shown by the names of the accepted model.
    leaves = {pair.path: subject.leaves[pair.other] for pair in found.pairs}
    shown = replace(
        subject, leaves={name: _shown(name, leaf, accepted, found) for name, leaf in leaves.items()}
    )
    kept = {pair.path: accepted.leaves[pair.path] for pair in found.pairs}
    return ContainerComparison(
        match=match,
        difference=_difference(path, replace(accepted, leaves=kept), shown, match, differing),
        correspondence=found,
        folded=any(accepted.leaves[name].kind is Kind.FOLDED for name in found.accepted_alone),
    )


def _shown(name: str, leaf: Leaf, accepted: Product, found: Correspondence) -> Leaf:
    """Return the accepted leaf where the subject's has the same value in another form."""
    same = any(pair.same for pair in found.pairs if pair.path == name) if leaf.shape == () else False
    return accepted.leaves[name] if same else leaf


def _difference(
    path: str, before: Product, after: Product, match: ModelMatch, leaves: tuple[DifferingLeaf, ...] = ()
) -> ProductDifference:
    same_bytes = not before.by_tree and before.digest == after.digest
    states = {
        ModelMatch.IDENTICAL: ProductState.IDENTICAL
        if same_bytes or before.by_tree
        else ProductState.BYTES_ONLY,
        ModelMatch.TOLERATED: ProductState.TOLERATED,
        ModelMatch.DIFFERS: ProductState.DIFFERS,
        ModelMatch.INCOMPLETE: ProductState.BYTES_ONLY,
    }
    return ProductDifference(
        path=path, step=before.step, state=states[match], before=before, after=after, leaves=leaves
    )


def _whole(root: Node) -> dict[str, Leaf]:
    return flatten(root, limit=WHOLE, siblings=WHOLE, room=None)


def leaves_digest(leaves: Mapping[str, Leaf]) -> str:
    """Return one digest of all leaves of a product: `sha256:` over their paths and digests, in order."""
    hasher = hashlib.sha256()
    for path, leaf in sorted(leaves.items()):
        hasher.update(f"{path}\0{leaf.digest}\0".encode("utf-8", "surrogatepass"))
    return f"sha256:{hasher.hexdigest()}"
