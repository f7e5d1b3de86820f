# SPDX-License-Identifier: Apache-2.0
"""The artifacts of a comparison that are not identical, each with its worst leaves."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.report.model import ArtifactDifference, Comparison, LeafDifference
from repro_action.report.sections.listed import Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactEntry:
    """One artifact.

    Attributes:
        leaves: the worst ones; `more` counts all others that differ.
        largest: the largest measured `|after - before|` of its leaves; None where none was measured.
    """

    artifact: ArtifactDifference
    leaves: Listed[LeafDifference]
    largest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactsSection:
    """Artifacts that are not identical in every byte, worst first.

    Attributes:
        entries: the list of artifacts; `more` counts those that the report does not name, too.
        opened: those whose leaves are shown.
        worst: the first one that is not accepted.
        others: number of further ones that are not accepted.
    """

    entries: Listed[ArtifactEntry]
    opened: tuple[ArtifactEntry, ...]
    worst: ArtifactEntry | None
    others: int


def artifacts(comparison: Comparison, limit: int, *, opened: int, leaves: int) -> ArtifactsSection:
    """Return the artifacts of a comparison.

    Args:
        comparison: both sides.
        limit: entries of the list.
        opened: entries, from the first, whose leaves are shown.
        leaves: leaves of one artifact.
    """
    entries = [_entry(item, leaves) for item in comparison.artifacts]
    hidden = comparison.hidden.artifacts
    refused = [entry for entry in entries if not entry.artifact.state.accepted]
    return ArtifactsSection(
        entries=Listed.of(entries, limit, hidden=hidden),
        opened=tuple(entry for entry in entries[:opened] if entry.artifact.leaves),
        worst=refused[0] if refused else None,
        others=max(len(refused) - 1, 0) + hidden if refused else 0,
    )


def _entry(item: ArtifactDifference, limit: int) -> ArtifactEntry:
    shown = item.leaves[:limit]
    sizes = [leaf.magnitude.max_abs for leaf in item.leaves if leaf.magnitude and leaf.magnitude.max_abs]
    return ArtifactEntry(
        artifact=item,
        leaves=Listed(shown, item.differing - sum(leaf.count for leaf in shown)),
        largest=max(sizes, default=None),
    )
