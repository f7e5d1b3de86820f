# SPDX-License-Identifier: Apache-2.0
"""What is said of bytes whose accepted side is not at hand: how two runs of this verification differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from repro_action.compare.byte_facts import ByteFacts
from repro_action.compare.difference import Difference, DifferingLeaf, ProductDifference
from repro_action.compare.training import partings
from repro_action.finding import FindingKind
from repro_action.findings.catalogue import CATALOGUE
from repro_action.report.model import ArtifactDifference, Notice
from repro_action.report.opaque_bytes import opaque
from repro_action.report.sections.training import parting_line

MAX_NOTES = 5

_Places = Mapping[tuple[str, str], ByteFacts]
"""Product and leaf → facts."""


def with_repetition(difference: Difference, again: Difference | None) -> Difference:
    """Return a difference that says of such bytes what a repetition of the run shows.

    A baseline keeps digests alone, so where the accepted file is not kept on this machine, nobody knows
    which of its bytes differ; what differs between two runs is the likely answer.

    Args:
        difference: of the run against its baseline.
        again: of the run against another one of the same materials, if there was one.
    """
    seen: _Places = {
        (product.path, leaf.path): leaf.elements.opaque
        for product in (again.products if again is not None else ())
        for leaf in product.leaves
        if leaf.elements is not None and leaf.elements.opaque is not None
    }
    if not seen:
        return difference
    return replace(difference, products=tuple(_product(product, seen) for product in difference.products))


def disagreeing_bytes(listed: Sequence[ArtifactDifference]) -> tuple[Notice, ...]:
    """Return how two runs differ in bytes that no reader knows, for a report that lists no artifacts.

    Args:
        listed: what differs between the two.
    """
    remedy = CATALOGUE[FindingKind.OPAQUE_BYTES].remedy
    return tuple(
        Notice(
            what=f"two runs differ from byte {leaf.opaque.first} on: {opaque(leaf)}",
            why=item.reason,
            remedy=remedy,
            where=item.path,
        )
        for item in listed[:MAX_NOTES]
        for leaf in item.leaves
        if item.reason and leaf.opaque is not None and leaf.opaque.first is not None
    )


def _product(product: ProductDifference, seen: _Places) -> ProductDifference:
    return replace(product, leaves=tuple(_leaf(product.path, leaf, seen) for leaf in product.leaves))


def _leaf(path: str, leaf: DifferingLeaf, seen: _Places) -> DifferingLeaf:
    elements, facts = leaf.elements, seen.get((path, leaf.path))
    own = elements.opaque if elements is not None else None
    if elements is None or own is None or own.first is not None or facts is None or facts.first is None:
        return leaf
    return replace(leaf, elements=replace(elements, opaque=replace(facts, between_runs=True)))


def disagreeing_logs(again: Difference) -> tuple[Notice, ...]:
    """Return where the logs of two runs part, for a report that compares with no baseline."""
    return tuple(
        Notice(what=f"two runs part: {parting_line(parting)}")
        for parting in partings(again.products)[:MAX_NOTES]
    )
