# SPDX-License-Identifier: Apache-2.0
"""Several reports in one comment: the counts, the table, and the order of what needs attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from repro_action.report.bundle import ENTRIES, Bundle, Entry, severity
from repro_action.report.model import Comparison, Report
from repro_action.report.render import labels as words
from repro_action.report.render import numbers
from repro_action.report.render.markdown.comparison import artifact_line
from repro_action.report.render.markdown.escape import code, prose, row, table
from repro_action.report.render.markdown.fitting import Section
from repro_action.report.render.markdown.report import FOLDED, SYMBOLS, symbol
from repro_action.text import plural
from repro_action.verdict import Verdict

ROWS = 40
"""Rows of the table; what is below is told in its own section, or folded."""

CALM = 300
"""Lines about configurations that need no attention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One entry among several.

    Attributes:
        name: its heading, escaped.
        key: by which its parts need its heading.
    """

    entry: Entry
    name: str
    key: str

    def rank(self, rank: int, order: int) -> int:
        """Return a part's rank among the parts of all entries: folds come after all open parts."""
        open_part = rank < FOLDED
        return 10 + order * FOLDED + rank if open_part else (10 + rank) * FOLDED * ENTRIES + order


def ranked(bundle: Bundle) -> list[Layout]:
    """Return the entries that need attention, worst first."""
    loud = [entry for entry in bundle.entries if not calm(entry.report)]
    loud.sort(key=lambda entry: (-severity(entry.report.verdict), entry.key))
    twice = _twice(bundle)
    return [
        Layout(entry=entry, name=_name(entry, twice), key=f"entry {entry.config} {entry.platform}")
        for entry in loud
    ]


def _twice(bundle: Bundle) -> frozenset[str]:
    """Return the configurations that ran on several platforms."""
    counts = Counter(entry.config for entry in bundle.entries)
    return frozenset(config for config, count in counts.items() if count > 1)


def calm(report: Report) -> bool:
    """Whether a report needs no attention: its claim stands, and nothing that is accepted changed."""
    changed = report.change is not None and words.differs(report.change)
    return report.verdict.exit_code == 0 and not changed


def overview(bundle: Bundle, *, base: str, remark: str) -> Iterator[Section]:
    """Yield the heading that counts verdicts, the table, and the fold of what needs no attention."""
    loud = ranked(bundle)
    yield Section(name="verdicts", rank=0, blocks=[_heading(bundle, base, remark)])
    header = table(("model", "verdict", "what"), [])
    rows = [_row(layout) for layout in loud]
    yield Section(name="table", rank=1, lead=header, blocks=rows[:ROWS], joint="\n", noun="model")
    if len(rows) > ROWS:
        left = plural(len(rows) - ROWS, "more model")
        yield Section(name="note", rank=2, blocks=[f"{left}, told below as far as there is room."])
    twice = _twice(bundle)
    lines = [_line(entry, twice) for entry in bundle.entries if calm(entry.report)]
    more = [f"- and {len(lines) - CALM} more"] if len(lines) > CALM else []
    summary = f"✅ {plural(len(lines), 'model')} without anything to look at"
    quiet = [*lines[:CALM], *more]
    rank = (11 + FOLDED) * FOLDED * ENTRIES - 1
    yield Section(name="calm models", rank=rank, fold=summary, blocks=quiet, joint="\n", noun="model")


def _heading(bundle: Bundle, base: str, remark: str) -> str:
    counts = Counter(entry.report.verdict for entry in bundle.entries)
    worst_first = sorted(counts, key=severity, reverse=True)
    told = ", ".join(f"{counts[verdict]} {_word(verdict)}" for verdict in worst_first)
    title = (
        f"## {SYMBOLS[bundle.verdict]} {plural(len(bundle.entries), 'model')}: {told or 'nothing reported'}"
    )
    changes = [entry.report.change for entry in bundle.entries]
    moved = sum(1 for change in changes if change is not None and words.differs(change))
    lines = [title, remark]
    if any(change is not None for change in changes):
        against = prose(base, 60) if base else "the base branch"
        told = f"{plural(moved, 'baseline')} {'differs' if moved == 1 else 'differ'}" if moved else _NONE
        lines.append(f"{told} from {against}'s.")
    return "\n\n".join(line for line in lines if line)


_NONE = "No baseline differs"


def _word(verdict: Verdict) -> str:
    return verdict.value.replace("_", " ").replace("no baseline", "without a baseline")


def _name(entry: Entry, twice: frozenset[str]) -> str:
    """Return a model's name, with its configuration and platform where others have the same."""
    folder = entry.config.rpartition("/")[0].rpartition("/")[2]
    name = code(entry.report.name, 60)
    told = name if name and folder == entry.report.name else f"{name} ({code(entry.config, 80)})".strip()
    return f"{told} on {code(entry.platform, 40)}" if entry.config in twice and entry.platform else told


def _row(layout: Layout) -> str:
    report = layout.entry.report
    return row((layout.name, f"{symbol(report)} {words.title(report)}", brief(report)))


def brief(report: Report) -> str:
    """Return what is to be said of a report in a cell."""
    if report.error is not None:
        return prose(report.error.what.partition("\n")[0], 160)
    if report.verdict.exit_code == 0 and report.change is not None and words.differs(report.change):
        return _moved(report.change)
    if report.causes:
        return prose(report.causes[0].text, 160)
    return prose(words.headline(report), 160)


def _moved(change: Comparison) -> str:
    rows = sorted(words.changed_rows(change), key=lambda row: {False: 0, None: 2}.get(row.better, 1))
    if rows:
        worst = rows[0]
        told = " ".join(part for part in (numbers.delta(worst), words.effect(worst)) if part)
        more = f", {words.shown(rows, 1)}" if len(rows) > 1 else ""
        return f"{code(worst.name, 60)}{words.arrow(worst.goal)} {told}{more}"
    line = artifact_line(change)
    return line[0].removesuffix(".") if line else "inputs differ, what is compared does not"


def _line(entry: Entry, twice: frozenset[str]) -> str:
    report = entry.report
    warned = f", {plural(len(report.warnings), 'warning')}" if report.warnings else ""
    held = words.counts(report.claim.unchanged) if report.claim is not None else ""
    told = f" · {held} identical" if held else ""
    return f"- {symbol(report)} {_name(entry, twice)}: {words.title(report)}{told}{warned}"
