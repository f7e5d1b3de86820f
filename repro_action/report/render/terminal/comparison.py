# SPDX-License-Identifier: Apache-2.0
"""One comparison in a terminal: a table of metrics and a tree of artifacts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from repro_action.report import numbers
from repro_action.report.model import (
    ArtifactDifference,
    LeafDifference,
    Measured,
    MetricRow,
    State,
)
from repro_action.report.opaque_bytes import opaque
from repro_action.report.render import labels
from repro_action.report.render.terminal.style import BAD, DIM, FAIR, GOOD, STATES, STRONG, Painter, Span
from repro_action.report.sections.artifacts import ArtifactsSection
from repro_action.report.sections.comparison import ComparisonSection
from repro_action.report.sections.seed_noise import noise_line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text


def metric_tables(section: ComparisonSection, painter: Painter, *, judged: bool) -> Iterator[RenderableType]:
    """Yield a table for each metrics file that has a difference, or lines where it does not fit."""
    from rich.console import Group
    from rich.padding import Padding

    for group in section.metrics.files:
        head = painter.text(("metrics of ", DIM), (painter.plain(group.file, painter.width - 16), DIM))
        yield Padding(head, (0, 0, 0, 4), expand=False)
        names = ("", section.before.label, section.after.label, "Δ", "allowed", "")
        heads: list[list[Span]] = [[(painter.plain(name, 20), DIM)] for name in names]
        cells = [_metric(row, painter, judged=judged) for row in group.rows]
        fitting = _fitting([heads, *cells], painter)
        lines = Group(*(_line(row, painter, judged=judged) for row in group.rows))
        yield Padding(fitting or lines, (0, 0, 0, 4), expand=False)
    noise = noise_line(row for group in section.metrics.files for row in group.rows)
    if noise:
        yield Padding(painter.text((painter.plain(noise, 400), DIM)), (0, 0, 0, 4), expand=False)
    if section.metrics.more:
        yield painter.text(f"    {labels.more(section.metrics.more, 'metric')}")


def _fitting(rows: Sequence[list[list[Span]]], painter: Painter) -> Table | None:
    """Return a table, without what is allowed where it would be too wide; None where none fits."""
    texts = [[painter.text(*cell) for cell in row] for row in rows]
    widths = [max(text.cell_len for text in column) + 2 for column in zip(*texts, strict=True)]
    full, lean = tuple(range(len(widths))), tuple(place for place in range(len(widths)) if place != _ALLOWED)
    for places in (lean,) if painter.narrow else (full, lean):
        if sum(widths[place] for place in places) + _INDENT - 2 <= painter.width:
            return _table(texts, places)
    return None


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


def _line(row: MetricRow, painter: Painter, *, judged: bool) -> Text:
    """Return one metric on a line of its own, for where no table fits."""
    name, before, after, delta, _, _ = _metric(row, painter, judged=judged)
    symbol, style = _verdict(row, judged=judged)
    outcome = labels.sense(row) or ("" if judged else labels.state(row.state))
    spans = [*name, " ", *before, " → ", *after, "  ", *delta]
    head: list[Span] = [(f"{symbol} ", style)] if symbol else []
    return painter.text(*head, *spans, (f", {outcome}" if outcome else "", style))


def _verdict(row: MetricRow, *, judged: bool) -> tuple[str, str]:
    """Return the symbol and the style of a row; nothing is wrong where nothing is judged."""
    return STATES[row.state] if judged else ("", {True: GOOD, False: BAD, None: ""}[row.better])


def _metric(row: MetricRow, painter: Painter, *, judged: bool) -> list[list[Span]]:
    before, after = numbers.pair(row.before, row.after)
    cut = max(24, painter.width // 3)
    symbol, style = _verdict(row, judged=judged)
    return [
        [(painter.plain(row.name, cut), STRONG), labels.arrow(row.goal)],
        ["—" if row.state is State.ADDED else painter.plain(before, cut)],
        ["—" if row.state is State.MISSING else painter.plain(after, cut)],
        [numbers.delta(row)],
        [(painter.plain(row.allowed, cut), DIM)],
        [(f"{symbol} {labels.judgement(row, judged=judged)}".strip(), style)],
    ]


def unchanged_metrics(section: ComparisonSection) -> list[list[Span]]:
    """Return a few metrics that are the same, with their values, or nothing."""
    return [_unchanged(row) for row in section.metrics.unchanged]


def _unchanged(row: MetricRow) -> list[Span]:
    return [(row.name, STRONG), f" {numbers.pair(row.before, row.after)[1]}"]


def artifact_tree(
    section: ArtifactsSection, painter: Painter, *, judged: bool, rest: str
) -> Iterator[RenderableType]:
    """Yield a tree of the artifacts that are not identical, and their leaves; `rest` says where more is.

    Args:
        section: the artifacts.
        painter: of the terminal.
        judged: whether states are verdicts, with their symbols.
        rest: where to find more.
    """
    from rich.padding import Padding
    from rich.tree import Tree

    if not section.entries.shown:
        return
    tree = Tree(painter.text(("artifacts", DIM)), guide_style=DIM)
    for entry in section.entries:
        node = tree.add(painter.text(*_artifact(entry.artifact, painter, judged=judged)))
        if entry not in section.opened:
            continue
        names = labels.leaf_names(entry, max(24, painter.width * 2 // 3))
        for leaf in entry.leaves:
            node.add(painter.text(*_leaf(leaf, names[leaf.path], painter, judged=judged)))
        if entry.leaves.more:
            node.add(painter.text((labels.more(entry.leaves.more, "leaf"), FAIR), (f"; {rest}", DIM)))
    more = section.entries.more
    if more:
        text = labels.more(more, "artifact", "is not identical", "are not identical")
        tree.add(painter.text((text, FAIR), (f"; {rest}", DIM)))
    yield Padding(tree, (0, 0, 0, 4), expand=False)


def _artifact(item: ArtifactDifference, painter: Painter, *, judged: bool) -> list[Span]:
    symbol, style = STATES[item.state] if judged else ("", STRONG)
    facts = [
        item.format,
        numbers.sizes(item.size_before, item.size_after),
        labels.of_leaves(item),
        item.reason,
    ]
    text = " · ".join(painter.plain(fact, 120) for fact in facts if fact)
    return [
        (f"{symbol} " if symbol else "", style),
        (painter.plain(item.path, max(20, painter.width // 2)), STRONG),
        " ",
        (labels.state(item.state), style),
        (f"  {text}", DIM),
    ]


def _leaf(leaf: LeafDifference, name: str, painter: Painter, *, judged: bool) -> list[Span]:
    size = leaf.magnitude
    measured = numbers.magnitude(size) if size is not None else ""
    summary = labels.leaf(leaf)
    # What has one line has no other place.
    first = f"first at {size.first.replace(', ', ',')}" if size and size.first not in {"", "line 1"} else ""
    facts = [summary if leaf.count > 1 or not measured else "", measured, first, opaque(leaf), leaf.reason]
    text = ", ".join(painter.plain(fact, 320) for fact in facts if fact)
    path = painter.plain(name or "(whole file)", max(24, painter.width * 2 // 3))
    style = {State.TOLERATED: FAIR}.get(leaf.state, BAD) if judged else ""
    certain = size is not None and size.measured is Measured.ELEMENTS and size.total != 1
    values = _values(leaf, painter, measured=bool(measured) and (certain or painter.narrow))
    return [(path, STRONG), *([f" {values}"] if values else []), "  ", (text, style)]


def _values(leaf: LeafDifference, painter: Painter, *, measured: bool) -> str:
    """Return `50 → 60`; of arrays that were measured, whose figures say more, the type and shape."""
    quoted = leaf.before.startswith('"') and leaf.after.startswith('"')
    if measured and (leaf.shape or leaf.count > 1) and not quoted:
        text = f"{leaf.dtype} {numbers.shape(leaf.shape)}" if leaf.shape else ""
        return "" if painter.narrow else painter.plain(_named(text), 80)
    before, after = (painter.plain(_named(text), 80) for text in (leaf.before, leaf.after))
    if not (before and after) or before == after:
        return "" if painter.narrow and leaf.count > 1 else before or after
    return f"{before} → {after if quoted else labels.without_shared_words(before, after)}"


def _named(text: str) -> str:
    """Return a summary with the class alone of a full type name, and no list of fields."""
    return text if text.startswith('"') else _MODULE.sub("", _FIELDS.sub("records", text))


_FIELDS = re.compile(r"^\[\(.*\)\]")
_MODULE = re.compile(r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])")
