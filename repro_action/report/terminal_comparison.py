# SPDX-License-Identifier: Apache-2.0
"""One comparison in a terminal: a table of metrics and a tree of artifacts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repro_action.report import numbers, words
from repro_action.report.model import ArtifactDifference, Comparison, LeafDifference, MetricRow, State
from repro_action.report.paint import BAD, DIM, FAIR, GOOD, STATES, STRONG, Painter, Span, joined
from repro_action.report.text import plural

if TYPE_CHECKING:
    from rich.console import RenderableType

METRICS = 20
ARTIFACTS = 20
LEAVES = 8
OPENED = 4
"""Artifacts whose leaves are listed; the others have one line."""


def metric_table(comparison: Comparison, painter: Painter, *, judged: bool) -> Iterator[RenderableType]:
    """Yield a table for each metrics file that has a difference."""
    from rich.padding import Padding
    from rich.table import Table

    rows = words.changed_rows(comparison)
    cut = max(12, painter.width // 4)
    for file, group in words.by_file(rows[:METRICS]):
        grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=DIM)
        labels = (painter.plain(side.label, 20) for side in (comparison.before, comparison.after))
        heads = (painter.plain(file, cut), *labels, "Δ", "allowed", "")
        for place, head in enumerate(heads):
            # A header given as str would be read as markup and emoji codes.
            grid.add_column(
                painter.text(head), justify="right" if place in {1, 2} else "left", overflow="fold"
            )
        for row in group:
            grid.add_row(*(painter.text(*cell) for cell in _metric(row, painter, cut, judged=judged)))
        yield Padding(grid, (0, 0, 0, 4))
    if words.shown(rows, METRICS):
        yield painter.text(f"    {words.shown(rows, METRICS)} metrics differ")


def _metric(row: MetricRow, painter: Painter, cut: int, *, judged: bool) -> list[list[Span]]:
    before, after = numbers.pair(row.before, row.after)
    symbol, style = STATES[row.state]
    if not judged:
        symbol, style = "", {True: GOOD, False: BAD, None: ""}[row.better]
    return [
        [(painter.plain(row.name, cut), STRONG), words.arrow(row.goal)],
        ["—" if row.state is State.ADDED else painter.plain(before, cut)],
        ["—" if row.state is State.MISSING else painter.plain(after, cut)],
        [numbers.delta(row)],
        [(painter.plain(row.allowed, cut), DIM)],
        [(f"{symbol} {words.judgement(row, judged=judged)}".strip(), style)],
    ]


def kept_metrics(comparison: Comparison) -> list[Span]:
    """Return a few metrics that are the same, with their values, or nothing."""
    return joined((" · ", DIM), (_kept(row) for row in words.kept_rows(comparison)))


def _kept(row: MetricRow) -> list[Span]:
    return [(row.name, STRONG), f"{words.arrow(row.goal)} {numbers.pair(row.before, row.after)[1]}"]


def artifact_tree(comparison: Comparison, painter: Painter, *, judged: bool) -> Iterator[RenderableType]:
    """Yield a tree of the artifacts that are not identical, and their leaves."""
    from rich.padding import Padding
    from rich.tree import Tree

    held = comparison.artifacts
    if not held:
        return
    tree = Tree(painter.text(("artifacts", DIM)), guide_style=DIM)
    for place, item in enumerate(held[:ARTIFACTS]):
        node = tree.add(painter.text(*_artifact(item, painter, judged=judged)))
        leaves = item.leaves[:LEAVES] if place < OPENED else ()
        for leaf in leaves:
            node.add(painter.text(*_leaf(leaf, painter, judged=judged)))
        count = len(item.leaves) - len(leaves) + item.hidden
        if leaves and count:
            node.add(painter.text((f"{plural(count, 'leaf')} more differ", FAIR)))
    left = max(len(held) - ARTIFACTS, 0) + comparison.hidden.artifacts
    if left:
        tree.add(painter.text((f"{plural(left, 'artifact')} more not identical", FAIR)))
    yield Padding(tree, (0, 0, 0, 4))


def _artifact(item: ArtifactDifference, painter: Painter, *, judged: bool) -> list[Span]:
    symbol, style = STATES[item.state] if judged else ("", STRONG)
    count = len(item.leaves) + item.hidden
    facts = [
        item.format,
        numbers.sizes(item.size_before, item.size_after),
        f"{count} of {plural(item.leaf_count, 'leaf')}" if count and item.leaf_count else "",
        item.reason,
    ]
    told = " · ".join(painter.plain(fact, 120) for fact in facts if fact)
    return [
        (f"{symbol} " if symbol else "", style),
        (painter.plain(item.path, max(20, painter.width // 2)), STRONG),
        " ",
        (words.state(item.state), style),
        (f"  {told}", DIM),
    ]


def _leaf(leaf: LeafDifference, painter: Painter, *, judged: bool) -> list[Span]:
    measured = numbers.magnitude(leaf.magnitude) if leaf.magnitude is not None else ""
    first = f"first at {leaf.magnitude.first}" if leaf.magnitude and leaf.magnitude.first else ""
    facts = [measured or words.state(leaf.state), first, leaf.reason]
    told = ", ".join(painter.plain(fact, 160) for fact in facts if fact)
    path = painter.plain(leaf.path or "(all)", max(20, painter.width // 3))
    style = {State.TOLERATED: FAIR}.get(leaf.state, BAD) if judged else ""
    before, after = (painter.plain(text or "none", 80) for text in (leaf.before, leaf.after))
    values = f" {before} → {words.after_words(before, after)}" if before != after else f" {before}"
    return [(path, STRONG), values, "  ", (told, style)]
