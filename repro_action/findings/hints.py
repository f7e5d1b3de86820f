# SPDX-License-Identifier: Apache-2.0
"""Known causes of differences, recognised from what differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from repro_action.compare.difference import Difference, ProductDifference, ProductState
from repro_action.fingerprint import Circumstances
from repro_action.tree import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A known cause: a stable name, what it means, what fixes it."""

    name: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the hints look at."""

    difference: Difference
    before: Circumstances
    after: Circumstances
    repeated: bool
    """Whether the run was repeated and disagreed with itself."""

    def bytes_only(self, *formats: str) -> bool:
        """Whether only the container of a product of one of these formats differs."""
        return any(
            product.state is ProductState.BYTES_ONLY
            and product.after is not None
            and product.after.format in formats
            for product in self.difference.products
        )

    def unread(self) -> list[ProductDifference]:
        """Return products that differ and could only be read as bytes."""
        return [
            product
            for product in self.difference.products
            if product.state is ProductState.DIFFERS and product.after is not None and product.after.reason
        ]


_HINTS: tuple[tuple[Callable[[Scene], bool], Hint], ...] = (
    (
        lambda scene: scene.bytes_only("torch"),
        Hint(
            name="torch-serialization-id",
            what="torch.save writes an id that differs from run to run (pytorch/pytorch#42163); "
            "the tensors agree.",
            remedy="Nothing to do: tensors are compared, not container bytes.",
        ),
    ),
    (
        lambda scene: scene.bytes_only("skops"),
        Hint(
            name="skops-object-ids",
            what="skops writes object addresses, random names and zip times; the content agrees.",
            remedy="Nothing to do: leaves are compared, not container bytes.",
        ),
    ),
    (
        lambda scene: scene.bytes_only("npz", "zip", "tar"),
        Hint(
            name="archive-times",
            what="The archive holds times or another order of members; every member agrees.",
            remedy="Nothing to do; fix the times in the archive if its bytes matter to others.",
        ),
    ),
    (
        lambda scene: scene.bytes_only("pickle", "joblib"),
        Hint(
            name="pickle-memo-order",
            what="The pickle holds the same values in another order, framing or compression.",
            remedy="Nothing to do: leaves are compared, not container bytes.",
        ),
    ),
    (
        lambda scene: bool(scene.unread()),
        Hint(
            name="opaque-bytes",
            what="A product could only be compared as plain bytes, so times or ids inside it count.",
            remedy="Write a format that repro reads (npz, safetensors, joblib, JSON, CSV, PNG, text).",
        ),
    ),
    (
        lambda scene: not scene.difference.same and scene.repeated,
        Hint(
            name="unseeded",
            what="Two runs of the same materials disagree: something random or timed enters the result.",
            remedy="Pass random_state or a seeded Generator everywhere; keep clocks, ids and the order of "
            "sets out of outputs.",
        ),
    ),
    (
        lambda scene: (
            not scene.difference.same
            and not scene.repeated
            and scene.before.get("blas_kernel", "") != scene.after.get("blas_kernel", "")
            and bool(scene.before.get("blas_kernel"))
        ),
        Hint(
            name="blas-kernel",
            what="Another BLAS kernel did the arithmetic; kernels round differently.",
            remedy='Use profile = "portable", which pins the kernel.',
        ),
    ),
    (
        lambda scene: (
            not scene.difference.same
            and not scene.repeated
            and scene.before.get("cpu", "") != scene.after.get("cpu", "")
        ),
        Hint(
            name="another-cpu",
            what="The baseline was made on another CPU model; libraries choose instructions by CPU.",
            remedy='Use profile = "portable"; `repro doctor` shows which knobs take effect here.',
        ),
    ),
    (
        lambda scene: any(
            leaf.before is not None
            and leaf.after is not None
            and leaf.before.kind is Kind.ARRAY
            and leaf.after.kind is Kind.ARRAY
            and leaf.before.dtype != leaf.after.dtype
            for product in scene.difference.products
            for leaf in product.leaves
        ),
        Hint(
            name="dtype",
            what="An array has another dtype than in the baseline.",
            remedy="Give the dtype where the array is made; defaults differ by platform and version.",
        ),
    ),
)


def hints(scene: Scene) -> tuple[Hint, ...]:
    """Return the known causes that fit."""
    return tuple(hint for fits, hint in _HINTS if fits(scene))
