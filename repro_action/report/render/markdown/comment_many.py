# SPDX-License-Identifier: Apache-2.0
"""Several reports in one comment: the counts, the table, and the order of what needs attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from repro_action.report.bundle import ENTRIES, Bundle, Entry, severity
from repro_action.report.model import Comparison, Report
from repro_action.report.render import labels
from repro_action.report.render.markdown.escape import Markdown, code, prose, row
from repro_action.report.render.markdown.fitting import Part
from repro_action.report.render.markdown.report import FOLDED, LIMITS
from repro_action.report.render.markdown.symbols import symbol
from repro_action.report.render.markdown.templating import part
from repro_action.report.render.markdown.templating import render as text
from repro_action.report.sections.artifacts import artifacts
from repro_action.report.sections.attention import baseline_moved, calm
from repro_action.report.sections.listed import Listed
from repro_action.report.sections.metrics import changed_metrics
from repro_action.text import plural

ROWS = 40
"""Rows of the table; what is below has its own section, or folded."""

CALM = 300
"""Lines about configurations that need no attention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One entry among several that need attention.

    Attributes:
        name: its heading.
        key: by which its parts need its heading.
    """

    entry: Entry
    name: Markdown
    key: str

    def rank(self, rank: int, order: int) -> int:
        """Return a part's rank among the parts of all entries: folds come after all open parts."""
        open_part = rank < FOLDED
        return 10 + order * FOLDED + rank if open_part else (10 + rank) * FOLDED * ENTRIES + order


def ranked(bundle: Bundle) -> list[Ranked]:
    """Return the entries that need attention, worst first."""
    loud = [entry for entry in bundle.entries if not calm(entry.report)]
    loud.sort(key=lambda entry: (-severity(entry.report.verdict), entry.key))
    twice = _twice(bundle)
    return [
        Ranked(entry=entry, name=_name(entry, twice), key=f"entry {entry.config} {entry.platform}")
        for entry in loud
    ]


def _twice(bundle: Bundle) -> frozenset[str]:
    """Return the configurations that ran on several platforms."""
    counts = Counter(entry.config for entry in bundle.entries)
    return frozenset(config for config, count in counts.items() if count > 1)


def overview(bundle: Bundle, *, base: str, remark: Markdown) -> Iterator[Part]:
    """Yield the heading that counts verdicts, the table, and the fold of what needs no attention."""
    reports = [entry.report for entry in bundle.entries]
    counts = Counter(report.verdict for report in reports)
    yield part(
        "verdicts",
        0,
        "overview",
        bundle=bundle,
        count=len(reports),
        verdicts=[(verdict, counts[verdict]) for verdict in sorted(counts, key=severity, reverse=True)],
        remark=remark,
        compared=any(report.change is not None for report in reports),
        moved=sum(map(baseline_moved, reports)),
        base=base,
    )
    rows = [_row(model) for model in ranked(bundle)]
    head = "| model | verdict | what |\n| --- | --- | --- |"
    yield Part(name="table", rank=1, lead=head, blocks=rows[:ROWS], joint="\n", noun="model")
    if len(rows) > ROWS:
        left = plural(len(rows) - ROWS, "more model")
        yield Part(name="note", rank=2, blocks=[f"{left}, shown below as far as there is room."])
    yield _calm(bundle)


def _calm(bundle: Bundle) -> Part:
    """Return the fold of the entries that need no attention, a line each."""
    twice = _twice(bundle)
    listed = Listed.of((entry for entry in bundle.entries if calm(entry.report)), CALM)
    lines = [_line(entry, twice) for entry in listed]
    more = [f"- and {listed.more} more"] if listed.more else []
    return Part(
        name="calm models",
        rank=(11 + FOLDED) * FOLDED * ENTRIES - 1,
        fold=f"✅ {plural(listed.count, 'model')} with nothing to review",
        blocks=[*lines, *more],
        joint="\n",
        noun="model",
    )


def _name(entry: Entry, twice: frozenset[str]) -> Markdown:
    """Return a model's name, with its configuration and platform where others have the same."""
    folder = entry.config.rpartition("/")[0].rpartition("/")[2]
    name = code(entry.report.name, 60)
    unique = name if name and folder == entry.report.name else f"{name} ({code(entry.config, 80)})".strip()
    on_platform = entry.config in twice and entry.platform
    return Markdown(f"{unique} on {code(entry.platform, 40)}" if on_platform else unique)


def _row(model: Ranked) -> Markdown:
    report = model.entry.report
    verdict = Markdown(f"{symbol(report)} {labels.title(report)}")
    return row((model.name, verdict, brief(report)))


def brief(report: Report) -> Markdown:
    """Return what is to be said of a report in a cell."""
    if report.error is not None:
        return prose(report.error.what.partition("\n")[0], 160)
    if report.change is not None and report.verdict.exit_code == 0 and baseline_moved(report):
        return _moved(report.change)
    return prose(report.causes[0].text if report.causes else labels.headline(report), 160)


def _moved(change: Comparison) -> Markdown:
    worst_first = sorted(changed_metrics(change), key=lambda row: {False: 0, None: 2}.get(row.better, 1))
    worst = artifacts(change, LIMITS.artifacts, opened=0, leaves=0)
    return text("moved", rows=Listed.of(worst_first, 1), artifacts=worst)


def _line(entry: Entry, twice: frozenset[str]) -> Markdown:
    report = entry.report
    identical = report.claim.unchanged if report.claim is not None else None
    return text(
        "calm_model",
        report=report,
        name=_name(entry, twice),
        identical=identical,
        warnings=len(report.warnings),
    )
