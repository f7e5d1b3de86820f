# SPDX-License-Identifier: Apache-2.0
"""Remarks at lines of the pull request's files: the baseline's, the project's code, the configuration.

Only values: `publish` turns them into workflow commands. Texts are foreign, visible and bounded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from repro_action.paths.names import notebook_of
from repro_action.report import numbers
from repro_action.report.bundle import Entry, path_fault
from repro_action.report.model import Comparison, Flavour, MetricRow, State
from repro_action.report.render import labels
from repro_action.report.render.locations import LAST_LINE, BaselineLines
from repro_action.report.search_claims import refuted
from repro_action.report.sections.attention import shown_change
from repro_action.report.sections.findings import findings
from repro_action.report.sections.lead import LeadReason, LeadSection, lead
from repro_action.report.sections.metrics import changed_metrics
from repro_action.text import clean, uncoloured
from repro_action.verdict import Verdict

EACH = 10
"""Annotations of one level that GitHub shows of a step."""

METRICS = 3
"""Metrics that are named beside a cause."""

TITLE = 120
MESSAGE = 600


class Level(StrEnum):
    """How an annotation is shown."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark at a line.

    Attributes:
        path: of the file in the repository; empty for none.
        line: from 1; 0 without a file.
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
    return limited([*_failure(entry), *_causes(entry), *_places(entry), *_change(entry, lines)])


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
    """Remark an error where it was raised, and a first run at its configuration."""
    report = entry.report
    if report.verdict is Verdict.FAILED:
        found = lead(report).reason or LeadReason(text=labels.headline(report))
        path, line = _place(entry, found)
        error = report.error
        raised = error is not None and bool(report.causes)
        # Of the output of a step, the last line says what was wrong.
        last = uncoloured(error.why).strip().rpartition("\n")[2] if error is not None and not raised else ""
        texts = (
            found.text,
            error.what if error is not None and raised else last,
            "" if raised else found.remedy,
        )
        message = " ".join(f"{text.rstrip('. ')}." for text in texts if text)
        yield _annotation(entry, path, line, Level.ERROR, ("failed", message))
    if report.verdict is Verdict.NO_BASELINE:
        flaky = report.flavour is Flavour.FLAKY
        next_command = (
            "`repro probe` looks for the reason" if flaky else "`repro accept` makes this run the baseline"
        )
        message = f"{labels.headline(report).rstrip('. ')}."
        if not refuted(report.searches):
            message += f" {next_command}."
        yield _annotation(entry, entry.config, 1, Level.NOTICE, ("no baseline", message))


def _place(entry: Entry, found: LeadReason) -> tuple[str, int]:
    """Return the file and line of a reason, or the configuration's first line."""
    path = _beside(entry, found.file) if found.file else ""
    line = found.line if notebook_of(found.file) == found.file else 1  # lines of a cell are none of the file
    return (path, line if 0 < line <= LAST_LINE else 1) if path else (entry.config, 1)


def _beside(entry: Entry, file: str) -> str:
    """Return a file of the project as a path in the repository; empty where it is none."""
    folder = entry.config.rpartition("/")[0]
    file = notebook_of(file)
    path = f"{folder}/{file}" if folder else file
    return "" if path_fault(path) else path


def _causes(entry: Entry) -> Iterator[Annotation]:
    """Remark each cause at its line, with what it did; lines of the baseline did not change and have no part.

    A change that the pull request accepted is remarked likewise, as a notice. What has no line in the
    project stands once, at no line.
    """
    report = entry.report
    first = lead(report)
    compared = first.comparison
    if compared is None or not compared.same_platform or report.verdict in _NOT_COMPARED:
        return
    effect = _effect(first)
    refused = report.verdict.exit_code != 0
    level = Level.ERROR if refused else Level.NOTICE
    places = [reason for reason in first.reasons if _beside(entry, reason.file) and reason.line]
    explained = bool(findings(report, 0).explain and report.findings)
    for reason in [] if explained else places[:EACH]:
        path, line = _place(entry, reason)
        yield _annotation(entry, path, line, level, (reason.text, effect))
    if refused and (explained or not places):
        text = first.reason.text if first.reason is not None else ""
        message = f"{f'{text}. ' if text else ''}{effect}"
        yield _annotation(entry, "", 0, level, (labels.title(report), message))


_NOT_COMPARED = frozenset({Verdict.FAILED, Verdict.NO_BASELINE})


def _effect(first: LeadSection) -> str:
    """Say what differs: a few metrics, then the first artifact."""
    compared = first.comparison
    if compared is None:
        return ""
    rows = [row for row in first.metrics if row.state is not State.IDENTICAL]
    parts = [f"{row.name} {_values(row)}" for row in rows[:METRICS]]
    more = len(rows) - METRICS + first.metrics.more
    if more > 0:
        parts.append(labels.more(more, "metric"))
    entry = first.artifacts.worst
    if entry is not None:
        parts.append(f"{entry.artifact.path} {labels.state(entry.artifact.state)}")
    if not parts:
        return "Nothing that is compared differs."
    against = f"{compared.after.label} against {compared.before.label}"
    return f"{'; '.join(parts)} ({against})."


def _change(entry: Entry, lines: BaselineLines) -> Iterator[Annotation]:
    """Remark at each metric of the new baseline what the pull request made of it: these lines changed."""
    change = shown_change(entry.report)
    if change is None or not change.same_platform or change.first:
        return
    for row in changed_metrics(change):
        level = Level.WARNING if row.better is False and not row.state.accepted else Level.NOTICE
        sense = labels.sense(row) or labels.state(row.state)
        against = f", {change.before.label} against {change.after.label}"
        allowed = f", allowed: {row.allowed}" if row.allowed not in {"", "exact"} else ""
        text = f"{row.name} {sense}", f"{_values(row)}{against}{allowed}."
        yield _annotation(entry, entry.baseline, _metric_line(lines, change, row), level, text)


def _places(entry: Entry) -> Iterator[Annotation]:
    """Remark where randomness may have entered a run that drifted, or disagreed with itself."""
    report = entry.report
    if not findings(report, EACH).explain:
        return
    for found in report.findings:
        path = _beside(entry, found.file)
        if path:
            cell = notebook_of(found.file) != found.file
            what = f"{found.location} {found.what}" if cell else found.what
            text = "not reproducible from here?", f"{what}. Fix: {found.remedy}"
            yield _annotation(entry, path, 1 if cell else max(found.line, 1), Level.WARNING, text)


def _values(row: MetricRow) -> str:
    """Return `0.9312 → 0.9416 (+0.0104, better)`."""
    before, after = numbers.pair(row.before, row.after)
    old = "none" if row.state is State.ADDED else before
    new = "none" if row.state is State.MISSING else after
    how = ", ".join(part for part in (numbers.brief_delta(row), labels.sense(row)) if part)
    return f"{old} → {new}{f' ({how})' if how else ''}"


def _metric_line(lines: BaselineLines, comparison: Comparison, row: MetricRow) -> int:
    return lines.find("platforms", comparison.after.platform, "metrics", row.file, row.name)
