# SPDX-License-Identifier: Apache-2.0
"""What `repro bisect` found, as data: which commit changed a result, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from repro_action.compare.commit_search import CommitAnswer
from repro_action.compare.materials import MaterialDifference
from repro_action.tree import Scalar


class BisectOutcome(StrEnum):
    """The answer in one word."""

    FOUND = "found"
    RANGE = "range"
    """One of several commits: those between cannot be told."""
    UNCHANGED = "unchanged"
    """The result is the same at both ends."""


class AnswerSource(StrEnum):
    """How an answer came about."""

    BASELINE = "accepted baseline"
    TRAINED = "trained"
    TRAINED_EARLIER = "trained earlier"
    UNKNOWN = "cannot be told"


@dataclass(frozen=True, slots=True, kw_only=True)
class BisectCommit:
    """A commit, as people know it; all texts are foreign.

    Attributes:
        commit: full hash.
        date: of the author, `YYYY-MM-DD`.
        merges: the second parent of a merge; empty for other commits.
    """

    commit: str
    date: str
    author: str
    subject: str
    merges: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BisectStep:
    """One commit whose result became known.

    Attributes:
        answer: against that of the first commit.
        value: of the metric or leaf; None where all outputs are compared.
        seconds: that training duration; None where nothing was trained.
        reason: why it cannot be told.
    """

    commit: BisectCommit
    answer: CommitAnswer
    source: AnswerSource
    value: Scalar = None
    seconds: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """A metric, or an artifact, on both sides of the change.

    Attributes:
        name: `out/metrics.json: accuracy`, or the path of an artifact.
        before, after: values of a metric; of an artifact None and the number of leaves that differ.
    """

    name: str
    before: Scalar
    after: Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class BisectReport:
    """What was found.

    Attributes:
        name: of the model.
        result: what was looked for, such as `out/metrics.json:accuracy`.
        good, bad: the two ends.
        candidates: commits of which one brought the change, oldest first; one where it was found.
        same: the last commit that is known to have the old result; None where nothing changed.
        before, after: values of the metric or leaf on both sides of the change.
        steps: in the order in which they became known.
        materials: that differ between the candidate and its parent, where it was found.
        files: paths that the commit changes, from the top of the repository; foreign.
        metrics, artifacts: that differ between the two sides.
        commits: on the line, the first one left out.
        distinct: how many of them have materials of their own.
        trainings: how many were made by this command.
        flaky: whether a commit was trained twice and disagrees with itself.
        notes: what else is known, in sentences.
    """

    name: str
    result: str
    outcome: BisectOutcome
    good: BisectCommit
    bad: BisectCommit
    candidates: tuple[BisectCommit, ...] = ()
    same: BisectCommit | None = None
    before: Scalar = None
    after: Scalar = None
    steps: tuple[BisectStep, ...] = ()
    materials: tuple[MaterialDifference, ...] = ()
    files: tuple[str, ...] = ()
    metrics: tuple[ValueChange, ...] = ()
    artifacts: tuple[ValueChange, ...] = ()
    commits: int = 0
    distinct: int = 0
    trainings: int = 0
    flaky: bool = False
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 where one commit was found and nothing speaks against it, else 1."""
        return 0 if self.outcome is BisectOutcome.FOUND and not self.flaky else 1
