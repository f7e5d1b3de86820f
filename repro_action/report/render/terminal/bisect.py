# SPDX-License-Identifier: Apache-2.0
"""What `repro bisect` found, as lines for a terminal: the commit first, then how that is known."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.compare.commit_search import CommitAnswer
from repro_action.report.bisect_model import (
    AnswerSource,
    BisectCommit,
    BisectOutcome,
    BisectReport,
    BisectStep,
    ValueChange,
)
from repro_action.report.numbers import number, pair, seconds
from repro_action.text import clean, plural

SHOWN = 10
"""Files, metrics and artifacts that are listed."""

_WORDS = {CommitAnswer.SAME: "same", CommitAnswer.CHANGED: "changed", CommitAnswer.SKIPPED: "skipped"}


def lines(report: BisectReport) -> Iterator[str]:
    """Yield the lines; foreign texts in them are made harmless."""
    what = "the outputs" if report.result == "outputs" else clean(report.result, 100)
    ends = f"{report.good.commit[:12]} and {report.bad.commit[:12]}"
    match report.outcome:
        case BisectOutcome.UNCHANGED:
            yield f"{clean(report.name, 60)}: {what} did not change between {ends}"
        case BisectOutcome.FOUND:
            yield f"{clean(report.name, 60)}: {what} changed with commit {_commit(report.candidates[0])}"
        case BisectOutcome.RANGE:
            count = len(report.candidates)
            yield f"{clean(report.name, 60)}: {what} changed with one of these {count} commits"
            yield from (f"  {_commit(commit)}" for commit in report.candidates[:SHOWN])
            yield from _more(count, "commit")
    yield from _change(report)
    yield "how it is known"
    shown = _decisive(report)
    yield from (f"  {_step(step)}" for step in shown)
    if len(shown) < len(report.steps):
        yield f"  … and {len(report.steps) - len(shown)} more: `repro bisect --log`"
    yield (
        f"  {plural(report.commits, 'commit')}, {report.distinct} with other materials than the one before; "
        f"{plural(report.trainings, 'training')} made"
    )
    yield from (f"note: {clean(note, 400)}" for note in report.notes)


def _decisive(report: BisectReport) -> list[BisectStep]:
    """Return the steps to list: all where they are few, else those that decided or cost something."""
    if len(report.steps) <= SHOWN:
        return list(report.steps)
    ends = {commit.commit for commit in (report.good, report.bad, report.same, *report.candidates) if commit}
    return [
        step
        for step in report.steps
        if step.commit.commit in ends or step.source is not AnswerSource.BASELINE
    ]


def _change(report: BisectReport) -> Iterator[str]:
    if report.before is not None or report.after is not None:
        yield f"  {clean(report.result, 100)}: {' → '.join(pair(report.before, report.after))}"
    for found in report.materials[:SHOWN]:
        value = (
            f": {' → '.join(pair(found.before, found.after))}" if _readable(found.before, found.after) else ""
        )
        yield f"  {found.kind.value}: {clean(found.name, 100)}{value}"
    yield from _more(len(report.materials), "material")
    for change in report.metrics[:SHOWN]:
        if change.name.replace(": ", ":", 1) != report.result:
            yield f"  metric {clean(change.name, 100)}: {' → '.join(pair(change.before, change.after))}"
    yield from _more(len(report.metrics), "metric")
    yield from (f"  {_artifact(each)}" for each in report.artifacts[:SHOWN])
    yield from _more(len(report.artifacts), "artifact")
    others = len(report.files) - len({found.name for found in report.materials} & set(report.files))
    if report.outcome is BisectOutcome.FOUND and others:
        yield f"  the commit changes {plural(len(report.files), 'file')} in all"


def _readable(before: object, after: object) -> bool:
    """Whether values say more than digests do."""
    texts = [value for value in (before, after) if isinstance(value, str)]
    return not any(":" in text or len(text) > 40 for text in texts)


def _artifact(change: ValueChange) -> str:
    leaves = change.after if isinstance(change.after, int) and change.after else 0
    detail = f"{plural(leaves, 'leaf').replace('leafs', 'leaves')} differ" if leaves > 1 else "differs"
    return f"artifact {clean(change.name, 100)}: {detail}"


def _commit(commit: BisectCommit) -> str:
    merge = " (a merge)" if commit.merges else ""
    subject = clean(commit.subject, 72)
    return f"{commit.commit[:12]}{merge} of {clean(commit.date, 10)}, {clean(commit.author, 40)}: {subject}"


def _step(step: BisectStep) -> str:
    value = "" if step.value is None else f" {number(step.value, 40)},"
    duration = f" in {seconds(step.seconds)}" if step.seconds is not None else ""
    reason = f": {clean(step.reason, 160)}" if step.reason else ""
    return f"{_WORDS[step.answer]:8}{step.commit.commit[:12]} {value} {step.source.value}{duration}{reason}"


def _more(count: int, noun: str) -> Iterator[str]:
    if count > SHOWN:
        yield f"  … and {count - SHOWN} more {noun}{'' if count == SHOWN + 1 else 's'}"
