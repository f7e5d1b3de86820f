# SPDX-License-Identifier: Apache-2.0
"""What differs between two fingerprints, as values.

On each side None means: not there. A difference that cannot be measured is never `within`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from repro_action.compare.materials import MaterialDifference
from repro_action.compare.order import KeyOrder
from repro_action.compare.remainders import Remainder
from repro_action.config.model import MetricRule
from repro_action.fingerprint import Product
from repro_action.tree import Leaf, Scalar

if TYPE_CHECKING:  # it brings the readers of artifacts along
    from repro_action.compare.walk import ElementDifference


class ProductState(StrEnum):
    """How one product compares with the baseline's."""

    IDENTICAL = "identical"
    BYTES_ONLY = "bytes_only"
    """Every leaf agrees; only the container differs (times, order, compression)."""
    TOLERATED = "tolerated"
    DIFFERS = "differs"
    MISSING = "missing"
    """The baseline has it, the candidate has not."""
    ADDED = "added"

    @property
    def same(self) -> bool:
        """Whether the content is identical."""
        return self in {ProductState.IDENTICAL, ProductState.BYTES_ONLY}


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferingLeaf:
    """One leaf that differs.

    Attributes:
        path: of the leaf inside its product.
        within: inside the declared tolerance.
        undecided: a tolerance is declared, but without the baseline's artifact at hand the
            statistics cannot show that every element is within it.
        order: of the keys that both sides have, where the line is that of a branch.
        elements: element-level figures, where both artifacts are at hand.
    """

    path: str
    before: Leaf | None
    after: Leaf | None
    within: bool = False
    undecided: bool = False
    order: KeyOrder | None = None
    elements: ElementDifference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDifference:
    """One product, compared; also those that are identical.

    Attributes:
        path: of the artifact.
        step: that writes it.
        before, after: what the baseline and the candidate have of it; None where a side lacks it.
        leaves: those that differ.
    """

    path: str
    step: str
    state: ProductState
    before: Product | None
    after: Product | None
    leaves: tuple[DifferingLeaf, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDifference:
    """One metric, compared; also those that are identical.

    Attributes:
        before, after: its values; of metrics that are not compared one by one, how many they are.
        others: these, where the entry stands for such metrics.
    """

    file: str
    name: str
    before: Scalar
    after: Scalar
    in_before: bool
    in_after: bool
    rule: MetricRule
    same: bool
    within: bool
    others: Remainder | None = None

    @property
    def count(self) -> int:
        """How many metrics the entry stands for."""
        return 1 if self.others is None else self.others.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Everything that was compared between two fingerprints."""

    materials: tuple[MaterialDifference, ...]
    products: tuple[ProductDifference, ...]
    metrics: tuple[MetricDifference, ...]

    @property
    def same(self) -> bool:
        """Whether every product and metric is identical."""
        return all(product.state.same for product in self.products) and all(
            metric.same for metric in self.metrics
        )

    @property
    def within(self) -> bool:
        """Whether every product and metric is identical or inside its tolerance."""
        return all(
            product.state.same or product.state is ProductState.TOLERATED for product in self.products
        ) and all(metric.within for metric in self.metrics)

    @property
    def bytes_only(self) -> bool:
        """Whether nothing but container bytes differs, and they do."""
        return self.same and any(product.state is ProductState.BYTES_ONLY for product in self.products)
