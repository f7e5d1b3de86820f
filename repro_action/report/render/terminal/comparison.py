# SPDX-License-Identifier: Apache-2.0
"""One comparison in a terminal: a table of metrics and a tree of artifacts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from repro_action.report.model import (
    ArtifactDifference,
    Comparison,
    LeafDifference,
    Measured,
    MetricRow,
    State,
)
from repro_action.report.render import labels as words
from repro_action.report.render import numbers
from repro_action.report.render.terminal.style import BAD, DIM, FAIR, GOOD, STATES, STRONG, Painter, Span

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

METRICS = 20
ARTIFACTS = 20
LEAVES = 8
OPENED = 4
"""Artifacts whose leaves are listed; the others have one line."""


def metric_table(comparison: Comparison, painter: Painter, *, judged: bool) -> Iterator[RenderableType]:
    """Yield a table for each metrics file that has a difference, or lines where it does not fit."""
    from rich.padding import Padding

    rows = words.changed_rows(comparison)
    for file, group in words.by_file(rows[:METRICS]):
        head = painter.text(("metrics of ", DIM), (painter.plain(file, painter.width - 16), DIM))
        yield Padding(head, (0, 0, 0, 4), expand=False)
        cells = [_metric(row, painter, judged=judged) for row in group]
        heads = ("", comparison.before.label, comparison.after.label, "Δ", "allowed", "")
        yield Padding(_fitting([_heads(heads, painter), *cells], painter), (0, 0, 0, 4), expand=False)
    left = len(rows) - METRICS
    if left > 0:
        yield painter.text(f"    {words.more(left, 'metric')}")


def _heads(labels: Iterable[str], painter: Painter) -> list[list[Span]]:
    return [[(painter.plain(label, 20), DIM)] for label in labels]


def _fitting(rows: Sequence[list[list[Span]]], painter: Painter) -> RenderableType:
    """Return a table, without what is allowed where it would be too wide, or plain lines."""
    texts = [[painter.text(*cell) for cell in row] for row in rows]
    widths = [max(text.cell_len for text in column) + 2 for column in zip(*texts, strict=True)]
    full, lean = tuple(range(len(widths))), tuple(place for place in range(len(widths)) if place != _ALLOWED)
    for places in (lean,) if painter.narrow else (full, lean):
        if sum(widths[place] for place in places) + _INDENT - 2 <= painter.width:
            return _table(texts, places)
    return _lines(rows[1:], painter)


_INDENT = 4

_ALLOWED = 4
"""Column of what is allowed."""


def _table(texts: Sequence[Sequence[Text]], places: Sequence[int]) -> Table:
    from rich.table import Table

    grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for place in places:
        # A header given as str would be read as markup and emoji codes.
        grid.add_column(texts[0][place], justify="right" if place in {1, 2} else "left")
    for row in texts[1:]:
        grid.add_row(*(row[place] for place in places))
    return grid


def _lines(rows: Sequence[list[list[Span]]], painter: Painter) -> RenderableType:
    from rich.console import Group

    lines = []
    for name, before, after, delta, _, told in rows:
        symbol, judged = _told(told)
        lines.append(painter.text(*symbol, *name, " ", *before, " → ", *after, "  ", *delta, *judged))
    return Group(*lines)


def _told(cell: list[Span]) -> tuple[list[Span], list[Span]]:
    """Split `✘ differs, better` into its symbol, which says that much, and `better`."""
    text, style = cell[0] if isinstance(cell[0], tuple) else (cell[0], "")
    state, _, better = text.rpartition(", ")
    if not state:
        state, better = ("", text) if text in {"better", "worse"} else (text, "")
    symbol = state.split(" ")[0]
    return [(f"{symbol} ", style)] if symbol else [], [(f", {better}", style)] if better else []


def _metric(row: MetricRow, painter: Painter, *, judged: bool) -> list[list[Span]]:
    before, after = numbers.pair(row.before, row.after)
    cut = max(24, painter.width // 3)
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


def kept_metrics(comparison: Comparison) -> list[list[Span]]:
    """Return a few metrics that are the same, with their values, or nothing."""
    return [_kept(row) for row in words.kept_rows(comparison)]


def _kept(row: MetricRow) -> list[Span]:
    return [(row.name, STRONG), f"{words.arrow(row.goal)} {numbers.pair(row.before, row.after)[1]}"]


def artifact_tree(
    comparison: Comparison, painter: Painter, *, judged: bool, rest: str
) -> Iterator[RenderableType]:
    """Yield a tree of the artifacts that are not identical, and their leaves; `rest` says where more is."""
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
        count = item.differing - sum(leaf.count for leaf in leaves)
        if leaves and count:
            node.add(painter.text((words.more(count, "leaf"), FAIR), (f"; {rest}", DIM)))
    left = max(len(held) - ARTIFACTS, 0) + comparison.hidden.artifacts
    if left:
        told = words.more(left, "artifact", "is not identical", "are not identical")
        tree.add(painter.text((told, FAIR), (f"; {rest}", DIM)))
    yield Padding(tree, (0, 0, 0, 4), expand=False)


def _artifact(item: ArtifactDifference, painter: Painter, *, judged: bool) -> list[Span]:
    symbol, style = STATES[item.state] if judged else ("", STRONG)
    facts = [
        item.format,
        numbers.sizes(item.size_before, item.size_after),
        words.of_leaves(item),
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
    held = leaf.magnitude
    measured = numbers.magnitude(held) if held is not None else ""
    became = words.leaf(leaf)
    # What has one line has no other place.
    first = f"first at {held.first.replace(', ', ',')}" if held and held.first not in {"", "line 1"} else ""
    facts = [became if leaf.count > 1 or not measured else "", measured, first, leaf.reason]
    told = ", ".join(painter.plain(fact, 160) for fact in facts if fact)
    path = painter.plain(leaf.path or "(whole file)", max(24, painter.width * 2 // 3))
    style = {State.TOLERATED: FAIR}.get(leaf.state, BAD) if judged else ""
    certain = held is not None and held.measured is Measured.ELEMENTS and held.total != 1
    values = _values(leaf, painter, measured=bool(measured) and (certain or painter.narrow))
    return [(path, STRONG), *([f" {values}"] if values else []), "  ", (told, style)]


def _values(leaf: LeafDifference, painter: Painter, *, measured: bool) -> str:
    """Return `50 → 60`; of arrays that were measured, whose figures say more, the type and shape."""
    if measured and (leaf.shape or leaf.count > 1):
        told = f"{leaf.dtype} {numbers.shape(leaf.shape)}" if leaf.shape else ""
        return "" if painter.narrow else painter.plain(_named(told), 80)
    before, after = (painter.plain(_named(text), 80) for text in (leaf.before, leaf.after))
    if not (before and after) or before == after:
        return "" if painter.narrow and leaf.count > 1 else before or after
    return f"{before} → {words.after_words(before, after)}"


def _named(text: str) -> str:
    """Return a summary with the class alone of a full type name, and no list of fields."""
    return text if text.startswith('"') else _MODULE.sub("", _FIELDS.sub("records", text))


_FIELDS = re.compile(r"^\[\(.*\)\]")
_MODULE = re.compile(r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])")
