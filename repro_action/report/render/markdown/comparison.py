# SPDX-License-Identifier: Apache-2.0
"""One comparison as Markdown: metrics, artifacts, and the strip of inputs."""

from __future__ import annotations

from repro_action.report.model import (
    ArtifactDifference,
    Comparison,
    InputState,
    LeafDifference,
    MetricRow,
    Side,
    State,
)
from repro_action.report.render import labels as words
from repro_action.report.render import numbers
from repro_action.report.render.markdown.escape import code, prose, table
from repro_action.text import plural

METRICS = 40
ARTIFACTS = 25
LEAVES = 40

_SYMBOLS = {
    State.IDENTICAL: "✅",
    State.BYTES_ONLY: "✅",
    State.TOLERATED: "🟡",
    State.ADDED: "❌",
    State.DIFFERS: "❌",
    State.MISSING: "❌",
    State.UNREADABLE: "⚪",
}


def strip(comparison: Comparison) -> str:
    """Return `inputs: code = · **data ≠** · …`, or nothing."""
    places = [_place(place) for place in comparison.strip]
    return f"inputs: {' · '.join(places)}" if places else ""


def _place(place: InputState) -> str:
    told = f"{prose(place.name, 20)} {words.strip_mark(place)}"
    note = f" ({prose(place.note, 60)})" if place.note and not place.same else ""
    return (f"**{told}**" if place.same is False else told) + note


def kept_metrics(comparison: Comparison) -> list[str]:
    """Return a line of a few metrics that are the same, with their values."""
    kept = [
        f"{code(row.name, 60)}{words.arrow(row.goal)} {prose(numbers.pair(row.before, row.after)[1], 40)}"
        for row in words.kept_rows(comparison)
    ]
    return [f"Metrics, identical: {' · '.join(kept)}"] if kept else []


def metric_tables(comparison: Comparison, *, judged: bool, effect: bool = False) -> list[str]:
    """Return a table for each metrics file that has a difference.

    Args:
        comparison: both sides.
        judged: whether a difference breaks a claim.
        effect: whether a difference is meant, and its sense is told instead.
    """
    rows = words.changed_rows(comparison)
    allowed = () if effect else ("allowed",)
    header = (side_head(comparison.before), side_head(comparison.after), "Δ", *allowed, "")
    tables = [
        table(
            (f"metric of {code(file, 80)}", *header),
            [_metric(row, judged=judged, effect=effect) for row in group],
            right=(1, 2, 3),
        )
        for file, group in words.by_file(rows[:METRICS])
    ]
    left = len(rows) - METRICS
    return [*tables, *([f"{words.more(left, 'metric')}."] if left > 0 else [])]


def side_head(side: Side) -> str:
    """Return a side for the head of a column: its label, and its commit where that is known."""
    label = prose(side.label, 40)
    return f"{label} {code(side.revision[:7], 20)}" if side.revision else label


def _effect(row: MetricRow) -> str:
    """Return what a meant change does to a metric: `🔴 worse, outside ±1 %`."""
    told = words.effect(row)
    allowed = "" if row.allowed in {"", words.EXACT} or row.within is None else prose(row.allowed, 60)
    place = f"{'inside' if row.within else 'outside'} {allowed}" if allowed else ""
    return ", ".join(part for part in (told, place) if part)


def _metric(row: MetricRow, *, judged: bool, effect: bool) -> list[str]:
    before, after = numbers.pair(row.before, row.after)
    told = (f"{_SYMBOLS[row.state]} " if judged else "") + words.judgement(row, judged=judged)
    return [
        code(row.name, 80) + words.arrow(row.goal),
        "—" if row.state is State.ADDED else prose(before, 60),
        "—" if row.state is State.MISSING else prose(after, 60),
        numbers.delta(row).replace(" ", "\N{NO-BREAK SPACE}"),
        *([_effect(row)] if effect else [prose(row.allowed, 60), told]),
    ]


def artifact_line(comparison: Comparison) -> list[str]:
    """Return one line about the worst artifact; the others stand in a fold."""
    refused = [held for held in comparison.artifacts if not held.state.accepted]
    if not refused:
        return []
    worst, *others = refused
    count = len(others) + comparison.hidden.artifacts
    more = f", and {plural(count, 'more artifact')}" if count else ""
    told = _largest(worst)
    return [f"{code(worst.path)} {words.state(worst.state)}{f': {told}' if told else ''}{more}."]


def artifact_blocks(comparison: Comparison, *, judged: bool) -> list[str]:
    """Return a table of artifacts, then one table of leaves for each that has any."""
    held = comparison.artifacts
    if not held:
        return []
    rows = [
        [
            code(item.path, 100),
            (f"{_SYMBOLS[item.state]} " if judged else "") + words.state(item.state),
            prose(item.format, 30),
            numbers.sizes(item.size_before, item.size_after),
            _largest(item),
        ]
        for item in held[:ARTIFACTS]
    ]
    count = len(held) - len(rows) + comparison.hidden.artifacts
    told = words.more(count, "artifact", "is not identical", "are not identical")
    more = [f"{told}."] if count else []
    overview = table(("artifact", "state", "format", "size", "how"), rows)
    return ["\n\n".join([overview, *more]), *(_leaves(comparison, item) for item in held if item.leaves)]


def _largest(item: ArtifactDifference) -> str:
    """Say how an artifact differs: how many leaves, and the largest measured difference."""
    parts = [words.of_leaves(item)] if words.of_leaves(item) else []
    sizes = [leaf.magnitude.max_abs for leaf in item.leaves if leaf.magnitude and leaf.magnitude.max_abs]
    if sizes:
        parts.append(f"max |Δ| {numbers.plain(max(sizes))}")
    if item.reason:
        parts.append(prose(item.reason, 160))
    return ", ".join(parts)


def _leaves(comparison: Comparison, item: ArtifactDifference) -> str:
    listed = item.leaves[:LEAVES]
    rows = [_leaf(leaf) for leaf in listed]
    count = item.differing - sum(leaf.count for leaf in listed)
    more = [f"{words.more(count, 'leaf')}."] if count else []
    header = ("leaf", prose(comparison.before.label, 40), prose(comparison.after.label, 40), "difference")
    return "\n\n".join([f"{code(item.path, 200)}, written by {code(item.step, 60)}:",
                        table(header, rows), *more])  # fmt: skip


def _leaf(leaf: LeafDifference) -> list[str]:
    measured = numbers.magnitude(leaf.magnitude) if leaf.magnitude is not None else ""
    told = ", ".join(part for part in (words.leaf(leaf) if leaf.count > 1 else "", measured) if part)
    place = f"first at {code(leaf.magnitude.first, 60)}" if leaf.magnitude and leaf.magnitude.first else ""
    reason = prose(leaf.reason, 160)
    return [
        code(leaf.path, 80) or "(whole file)",
        code(leaf.before, 100) or "—",
        code(leaf.after, 100) or "—",
        ", ".join(part for part in (told or words.leaf(leaf), place, reason) if part),
    ]
