# SPDX-License-Identifier: Apache-2.0
"""The history of the models of a repository: what was accepted, commit by commit.

Texts are foreign unless said otherwise: each renderer escapes them for its own medium.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from repro_action.notice import Notice
from repro_action.report.model import Comparison
from repro_action.report.states import Goal
from repro_action.verdict import Verdict


class BaselineState(StrEnum):
    """What the newest commit has of a model's baseline."""

    ACCEPTED = "accepted"
    NONE = "no_baseline"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPoint:
    """A metric as one accepted baseline has it.

    Attributes:
        commit: full hash.
        day: of the commit, `YYYY-MM-DD`.
        value: finite.
    """

    commit: str
    day: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseBand:
    """How far a metric moves when the seed alone does, as the newest baseline records it.

    Attributes:
        mean: over the seeds.
        deviation: sample standard deviation over the seeds.
        count: seeds.
    """

    mean: float
    deviation: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSeries:
    """One metric of one platform class over the accepted baselines.

    Attributes:
        platform: the class.
        file: of the metric.
        name: of the metric.
        points: the oldest first, one for each baseline that has the metric as a number.
        noise: None where the newest baseline records none.
    """

    platform: str
    file: str
    name: str
    goal: Goal
    points: tuple[MetricPoint, ...]
    noise: NoiseBand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedVersion:
    """A baseline as one commit left it.

    Attributes:
        commit: full hash.
        day: of the commit, `YYYY-MM-DD`.
        subject: first line of the commit's message.
        path: of the baseline in that commit.
        platforms: classes that it has a fingerprint of.
        fault: why nothing more is known of it; empty where it could be read.
        first: whether no older one could be read: there is nothing to compare it with.
        changes: what it did to the one before, for each class that differs and both have.
        added: classes that the one before did not have.
        removed: classes that only the one before had.
    """

    commit: str
    day: str
    subject: str
    path: str
    platforms: tuple[str, ...] = ()
    fault: str = ""
    first: bool = False
    changes: tuple[Comparison, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHistory:
    """What git remembers of one model.

    Attributes:
        config: its configuration, from the top of the repository.
        name: of the model.
        slug: its name in addresses and files: lower-case ASCII letters, digits, `.`, `_` and `-`; unique.
        state: of its newest baseline.
        verdict: of the run that was named; None where none is.
        metrics: those with a goal first.
        versions: the newest first.
        omitted: versions that are older, and left out.
        hidden_metrics: series that are left out.
        fault: why its configuration cannot be read; empty where it can.
    """

    config: str
    name: str
    slug: str
    state: BaselineState
    verdict: Verdict | None = None
    metrics: tuple[MetricSeries, ...] = ()
    versions: tuple[AcceptedVersion, ...] = ()
    omitted: int = 0
    hidden_metrics: int = 0
    fault: str = ""

    @property
    def newest(self) -> AcceptedVersion | None:
        """The last commit that changed its baseline."""
        return self.versions[0] if self.versions else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryHistory:
    """All models of a repository.

    Attributes:
        name: of the repository on GitHub, such as `acme/models`; empty elsewhere.
        commit: full hash of the commit that was looked at.
        day: of that commit.
        address: of the repository on GitHub, such as `https://github.com/acme/models`; empty elsewhere.
        models: in the order of their configurations.
        omitted: models that are left out.
        notices: what is missing, and why.
        version, command: of its document.
    """

    version: ClassVar[int] = 1
    command: ClassVar[str] = "history"

    name: str
    commit: str
    day: str
    address: str = ""
    models: tuple[ModelHistory, ...] = ()
    omitted: int = 0
    notices: tuple[Notice, ...] = ()

    @property
    def exit_code(self) -> int:
        """Exit status of the command."""
        return 0
