# SPDX-License-Identifier: Apache-2.0
"""Remarks at lines of the pull request's files: the baseline's, the project's code, the configuration.

Only values: `publish` turns them into workflow commands. Texts are foreign, visible and bounded.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from repro_action.report import numbers
from repro_action.report.bundle import Entry, path_fault
from repro_action.report.model import (
    ArtifactDifference,
    Comparison,
    Flavour,
    LeafDifference,
    MetricRow,
    Notice,
    State,
)
from repro_action.report.opaque_bytes import opaque
from repro_action.report.render import labels
from repro_action.report.render.locations import BaselineLines
from repro_action.report.sections.findings import findings
from repro_action.report.sections.metrics import changed_metrics
from repro_action.text import clean, uncoloured
from repro_action.verdict import Verdict

EACH = 10
"""Annotations of one level that GitHub shows of a step."""

LEAVES = 3
"""Leaves of one artifact that are annotated."""

TITLE = 120
MESSAGE = 600

_LINE = re.compile(r"(.+):([1-9]\d{0,6})")


class Level(StrEnum):
    """How an annotation is shown."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark at a line.

    Attributes:
        path: of the file in the repository.
        line: from 1.
    """

    path: str
    line: int
    level: Level
    title: str
    message: str


def annotations(entry: Entry, baseline_text: str) -> tuple[Annotation, ...]:
    """Return what is to be said at lines, the most telling first, at most `EACH` of a level.

    Args:
        entry: the report, and where its files stand.
        baseline_text: the committed baseline; empty where there is none.
    """
    lines = BaselineLines.of(baseline_text)
    return limited([*_failure(entry), *_claim(entry, lines), *_places(entry), *_change(entry, lines)])


def limited(found: Iterable[Annotation]) -> tuple[Annotation, ...]:
    """Return the first `EACH` annotations of each level, and each only once."""
    counts = dict.fromkeys(Level, 0)
    kept = []
    for one in dict.fromkeys(found):
        counts[one.level] += 1
        if counts[one.level] <= EACH:
            kept.append(one)
    return tuple(kept)


def _annotation(entry: Entry, path: str, line: int, level: Level, text: tuple[str, str]) -> Annotation:
    title, message = text
    name = clean(entry.report.name, 40)
    return Annotation(
        path=path,
        line=line,
        level=level,
        title=clean(f"{name}: {title}" if name else title, TITLE),
        message=clean(message, MESSAGE),
    )


def _failure(entry: Entry) -> Iterator[Annotation]:
    report = entry.report
    if report.verdict is Verdict.FAILED:
        error = report.error or Notice(what=labels.headline(report))
        path, line = _place(entry, error.where)
        # Of the output of a step, the last line says what was wrong.
        texts = (error.what, uncoloured(error.why).strip().rpartition("\n")[2], error.remedy)
        message = " ".join(f"{text.rstrip('. ')}." for text in texts if text)
        yield _annotation(entry, path, line, Level.ERROR, ("failed", message))
    if report.verdict is Verdict.NO_BASELINE:
        flaky = report.flavour is Flavour.FLAKY
        next_command = (
            "`repro probe` looks for the reason" if flaky else "`repro accept` makes this run the baseline"
        )
        message = f"{labels.headline(report).rstrip('. ')}. {next_command}."
        yield _annotation(entry, entry.config, 1, Level.NOTICE, ("no baseline", message))


def _place(entry: Entry, where: str) -> tuple[str, int]:
    """Return the file and line that a notice names, or the configuration's first line."""
    found = _LINE.fullmatch(where)
    if found is None:
        return entry.config, 1
    path = _beside(entry, found[1])
    return (path, int(found[2])) if path else (entry.config, 1)


def _beside(entry: Entry, file: str) -> str:
    """Return a file of the project as a path in the repository; empty where it is none."""
    folder = entry.config.rpartition("/")[0]
    path = f"{folder}/{file}" if folder else file
    return "" if path_fault(path) else path


def _claim(entry: Entry, lines: BaselineLines) -> Iterator[Annotation]:
    report = entry.report
    claim = report.claim
    if (
        claim is None
        or not claim.same_platform
        or report.verdict in {Verdict.REPRODUCED, Verdict.NO_BASELINE}
    ):
        return
    cause = f" Cause: {report.causes[0].text}" if report.causes else ""
    for row in changed_metrics(claim):
        level = Level.NOTICE if row.state.accepted else Level.ERROR
        text = f"{row.name} {labels.judgement(row, judged=True)}", _values(row, claim) + cause
        yield _annotation(entry, entry.baseline, _metric_line(lines, claim, row), level, text)
    for item in claim.artifacts:
        level = Level.NOTICE if item.state.accepted else Level.ERROR
        for line, text in _artifact(lines, claim, item):
            yield _annotation(entry, entry.baseline, line, level, (text[0], text[1] + cause))


def _change(entry: Entry, lines: BaselineLines) -> Iterator[Annotation]:
    """Remark at each metric of the new baseline what the pull request made of it."""
    change = entry.report.change
    if change is None or not change.same_platform:
        return
    for row in changed_metrics(change):
        level = Level.WARNING if row.better is False and not row.state.accepted else Level.NOTICE
        sense = {None: labels.state(row.state), True: "better", False: "worse"}[row.better]
        text = f"{row.name} {sense}", _values(row, change)
        yield _annotation(entry, entry.baseline, _metric_line(lines, change, row), level, text)


def _places(entry: Entry) -> Iterator[Annotation]:
    """Remark where randomness may have entered a run that drifted, or disagreed with itself."""
    report = entry.report
    if not findings(report, EACH).explain:
        return
    for found in report.findings:
        path = _beside(entry, found.file)
        if path:
            text = "not reproducible from here?", f"{found.what}. Fix: {found.remedy}"
            yield _annotation(entry, path, max(found.line, 1), Level.WARNING, text)


def _values(row: MetricRow, comparison: Comparison) -> str:
    before, after = numbers.pair(row.before, row.after)
    old = "none" if row.state is State.ADDED else before
    new = "none" if row.state is State.MISSING else after
    facts = [
        f"{old} → {new}",
        *([f"Δ {numbers.delta(row)}"] if numbers.delta(row) else []),
        f"{comparison.before.label} against {comparison.after.label}",
        *([f"allowed: {row.allowed}"] if row.allowed else []),
    ]
    return f"{', '.join(facts)}."


def _metric_line(lines: BaselineLines, comparison: Comparison, row: MetricRow) -> int:
    return lines.find("platforms", comparison.after.platform, "metrics", row.file, row.name)


def _artifact(
    lines: BaselineLines, comparison: Comparison, item: ArtifactDifference
) -> Iterator[tuple[int, tuple[str, str]]]:
    path = ("platforms", comparison.after.platform, "products", item.path)
    parts = [labels.state(item.state), labels.of_leaves(item), item.reason]
    title = f"{item.path} {labels.state(item.state)}"
    if not item.leaves:
        yield lines.find(*path), (title, f"{', '.join(part for part in parts if part)}.")
    for leaf in item.leaves[:LEAVES]:
        yield lines.leaf(*path, "leaves", leaf=leaf.path), (title, _leaf(leaf))


def _leaf(leaf: LeafDifference) -> str:
    measured = numbers.magnitude(leaf.magnitude) if leaf.magnitude is not None else ""
    values = f"{leaf.before} → {leaf.after}" if leaf.before and leaf.after else leaf.before or leaf.after
    parts = [values, measured, opaque(leaf), leaf.reason]
    facts = ", ".join(part for part in parts if part)
    return f"{leaf.path or 'the whole file'} {labels.leaf(leaf)}{f': {facts}' if facts else ''}."
