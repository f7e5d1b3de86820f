# SPDX-License-Identifier: Apache-2.0
"""From a finished search to its report: the commit, what it changed, and what both sides make."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from repro_action.compare.changed_materials import compare_materials
from repro_action.compare.commit_search import CommitAnswer, SearchInterval, known_changes
from repro_action.compare.judge import compare
from repro_action.compare.subject_of_search import SearchedResult, value_of
from repro_action.fingerprint import Fingerprint
from repro_action.flows.bisect_line import CommitFacts, LinePoint
from repro_action.git_command import read_git
from repro_action.history import History
from repro_action.report.bisect_model import (
    BisectCommit,
    BisectOutcome,
    BisectReport,
    BisectStep,
    ValueChange,
)

MOST_FILES = 1000
MOST_CHANGES = 100
"""Metrics, and artifacts, that a report has."""


def shown_commit(about: CommitFacts) -> BisectCommit:
    """Return a commit as a report has it."""
    return BisectCommit(
        commit=about.commit,
        date=about.date,
        author=about.author,
        subject=about.subject,
        merges=about.parents[1] if len(about.parents) > 1 else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedSearch:
    """A search that has nothing left to ask.

    Attributes:
        name: of the model.
        history: of the repository.
        result: that was looked for.
        points: of the line, oldest first.
        starts: the first point of each segment.
        answers: of the segments.
        interval: what is left of them; None where the result is the same at both ends.
        before, after: what both sides of the change make.
        steps: in the order in which answers came.
        trainings: how many were made.
        flaky: whether a commit disagrees with itself.
        notes: in sentences.
    """

    name: str
    history: History
    result: SearchedResult
    points: Sequence[LinePoint]
    starts: Sequence[int]
    answers: Sequence[CommitAnswer | None]
    interval: SearchInterval | None
    before: Fingerprint | None
    after: Fingerprint | None
    steps: Sequence[BisectStep]
    trainings: int
    flaky: bool
    notes: Sequence[str]


def report_of(search: FinishedSearch) -> BisectReport:
    """Return the report of a search."""
    points, result, before, after = search.points, search.result, search.before, search.after
    places = (
        [search.starts[each] for each in search.interval.candidates] if search.interval is not None else []
    )
    candidates = tuple(shown_commit(points[place].about) for place in places)
    outcome = BisectOutcome.FOUND if len(places) == 1 else BisectOutcome.RANGE
    one = (points[places[0] - 1], points[places[0]]) if len(places) == 1 else None
    metrics, artifacts = _changes(before, after) if before is not None and after is not None else ((), ())
    return BisectReport(
        name=search.name,
        result=result.text,
        outcome=outcome if places else BisectOutcome.UNCHANGED,
        good=shown_commit(points[0].about),
        bad=shown_commit(points[-1].about),
        candidates=candidates,
        same=shown_commit(points[places[0] - 1].about) if places else None,
        before=value_of(result, before) if before is not None else None,
        after=value_of(result, after) if after is not None else None,
        steps=tuple(search.steps),
        materials=compare_materials(one[0].materials, one[1].materials) if one is not None else (),
        files=tuple(changed_paths(search.history, *(each.about.commit for each in one))) if one else (),
        metrics=metrics,
        artifacts=artifacts,
        commits=len(points) - 1,
        distinct=len(search.starts) - 1,
        trainings=search.trainings,
        flaky=search.flaky,
        notes=(*search.notes, *_notes(search, candidates)),
    )


def changed_paths(history: History, before: str, after: str) -> Iterator[str]:
    """Yield the paths that differ between two commits, from the top, at most `MOST_FILES`."""
    listed = read_git(history.root, "diff-tree", "-r", "-z", "--no-renames", "--name-only", before, after)
    paths = [os.fsdecode(path) for path in (listed or b"").split(b"\0") if path]
    yield from paths[:MOST_FILES]


def _changes(
    before: Fingerprint, after: Fingerprint
) -> tuple[tuple[ValueChange, ...], tuple[ValueChange, ...]]:
    """Return the metrics and the artifacts that differ."""
    found = compare(before, after)
    metrics = [
        ValueChange(
            name=f"{each.file}: {each.name}",
            before=each.before if each.in_before else "missing",
            after=each.after if each.in_after else "missing",
        )
        for each in found.metrics
        if not each.same
    ]
    artifacts = [
        ValueChange(name=each.path, before=None, after=len(each.leaves))
        for each in found.products
        if not each.state.same
    ]
    return tuple(metrics[:MOST_CHANGES]), tuple(artifacts[:MOST_CHANGES])


def _notes(search: FinishedSearch, candidates: tuple[BisectCommit, ...]) -> Iterator[str]:
    points = search.points
    if points[1].about.parents[:1] != (points[0].about.commit,):
        yield (
            f"{points[0].about.commit[:12]} is not on the line of first parents of "
            f"{points[-1].about.commit[:12]}: commits of a merged branch count as their merge"
        )
    for commit in candidates if len(candidates) == 1 else ():
        if commit.merges:
            history = search.history
            base = read_git(history.root, "merge-base", f"{commit.commit}^1", commit.merges)
            fork = (base or b"").decode().strip()[:12]
            yield (
                f"it is a merge: to search the merged branch, `repro bisect {fork} {commit.merges[:12]}`"
                if fork
                else "it is a merge: the change is of the merged branch, or of the merge itself"
            )
    changes = known_changes(search.answers)
    if len(changes) > 1:
        listed = ", ".join(
            points[search.starts[two]].about.commit[:12]
            + (" (changed)" if search.answers[two] is CommitAnswer.CHANGED else " (as it was)")
            for _, two in changes
        )
        yield f"the result changed more than once: at or before {listed}; what is shown is the last change"
