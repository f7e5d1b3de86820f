# SPDX-License-Identifier: Apache-2.0
"""Known reasons for a difference, recognised from what differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from repro_action.compare.difference import Difference, DifferingLeaf, ProductState
from repro_action.finding import FindingKind
from repro_action.fingerprint import Circumstances
from repro_action.tree import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptoms:
    """What two runs show: how they differ, and around what.

    Attributes:
        difference: of their products, metrics and materials.
        before, after: the circumstances of each.
        repeated: whether the run was repeated and disagreed with itself.
    """

    difference: Difference
    before: Circumstances
    after: Circumstances
    repeated: bool

    def unread(self) -> bool:
        """Whether a product differs that could only be read as bytes."""
        return any(
            product.state is ProductState.DIFFERS and product.after is not None and product.after.reason
            for product in self.difference.products
        )

    def other_type(self) -> bool:
        """Whether an array has another dtype on the other side."""
        return any(_other_type(leaf) for product in self.difference.products for leaf in product.leaves)

    def differs_elsewhere(self) -> bool:
        """Whether the runs differ though none was seen to disagree with itself."""
        return not self.difference.same and not self.repeated

    def changed(self, circumstance: str) -> bool:
        """Whether a circumstance is another one."""
        return self.before.get(circumstance, "") != self.after.get(circumstance, "")


def _other_type(leaf: DifferingLeaf) -> bool:
    before, after = leaf.before, leaf.after
    if before is None or after is None or {before.kind, after.kind} != {Kind.ARRAY}:
        return False
    return before.dtype != after.dtype


_RECOGNISED: tuple[tuple[FindingKind, Callable[[Symptoms], bool]], ...] = (
    (FindingKind.OPAQUE_BYTES, Symptoms.unread),
    (FindingKind.DISAGREEMENT, lambda runs: runs.repeated and not runs.difference.same),
    (
        FindingKind.BLAS_KERNEL,
        lambda runs: (
            runs.differs_elsewhere() and runs.changed("blas_kernel") and bool(runs.before.get("blas_kernel"))
        ),
    ),
    (FindingKind.ANOTHER_CPU, lambda runs: runs.differs_elsewhere() and runs.changed("cpu")),
    (FindingKind.DTYPE, Symptoms.other_type),
)


def recognised(symptoms: Symptoms) -> tuple[FindingKind, ...]:
    """Return the known reasons that fit."""
    return tuple(kind for kind, fits in _RECOGNISED if fits(symptoms))
