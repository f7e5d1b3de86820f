# SPDX-License-Identifier: Apache-2.0
"""What one job of a workflow has to tell: the reports of its configurations, in one file.

The file travels as the only member of an artifact from a job without rights to one with them.
`bundle_json.load` trusts nothing of it.

{"version": 1, "tool": …, "accepts": …, "models": […], "plan": … | null,
 "entries": [{"config", "baseline", "trained", "report": …, "candidate": … | null}]}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from repro_action.baseline import Baseline
from repro_action.codec.baseline import fingerprint_id
from repro_action.compare.config_change import ModelChange, ModelState
from repro_action.report.model import Report
from repro_action.text import visible
from repro_action.verdict import Verdict

NAME = "repro-report.json"
"""The file's name, in the folder of reports and in the artifact."""

ENTRIES = 1_000
PATH = 500
"""Characters of a path in the repository."""

LARGEST = 64 << 20
"""Bytes of a bundle that `load` reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One configuration and what its run had to tell.

    Attributes:
        config: path of the configuration in the repository, with `/`.
        baseline: path of its baseline file in the repository.
        report: what the run had to tell.
        candidate: the run's fingerprint, as the baseline that `accept` would write of it alone;
            None where the run did not come to an end.
        trained: whether every step ran in this job, none being taken from a cache.
    """

    config: str
    baseline: str
    report: Report
    candidate: Baseline | None = None
    trained: bool = False

    @property
    def platform(self) -> str:
        """The platform class of the run; empty where it did not come so far."""
        if self.candidate is not None:
            return next(iter(self.candidate.platforms), "")
        return self.report.claim.after.platform if self.report.claim is not None else ""

    @property
    def key(self) -> tuple[str, str]:
        """What makes it another entry than the others: one configuration can run on several platforms."""
        return self.config, self.platform

    @property
    def fingerprint(self) -> str:
        """The id of the candidate, computed rather than believed; empty where there is none."""
        fingerprints = self.candidate.platforms.values() if self.candidate is not None else ()
        return next((fingerprint_id(fingerprint) for fingerprint in fingerprints), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedModel:
    """A configuration that a plan gave to a job: it must have a report in the end.

    Attributes:
        config: its path in the repository.
        name: the model's.
    """

    config: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """What a plan said must be verified.

    Attributes:
        affected: the configurations.
        others: number of configurations that the change does not affect.
    """

    affected: tuple[AffectedModel, ...] = ()
    others: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The reports of one job, or of several, sorted by configuration.

    Attributes:
        version: of its document.
        entries: one a configuration and platform; none where it is that of a plan alone.
        models: configurations that the change removes, moves or adds.
        plan: what had to be verified; None where no plan was made.
        accepts: whether the checkout has a workflow that obeys `/repro accept`; a hint alone.
    """

    version: ClassVar[int] = 1

    tool: str
    entries: tuple[Entry, ...]
    accepts: bool = False
    models: tuple[ModelChange, ...] = ()
    plan: PlanSummary | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all; where nothing was reported, nothing could be compared."""
        verdicts = (entry.report.verdict for entry in self.entries)
        return max(verdicts, key=_SEVERITY.__getitem__, default=Verdict.FAILED)

    @property
    def exit_code(self) -> int:
        """The exit status of the worst verdict."""
        return self.verdict.exit_code

    @property
    def unreported(self) -> tuple[AffectedModel, ...]:
        """The configurations that had to be verified, and of which nothing was reported."""
        reported = {entry.config for entry in self.entries}
        affected = self.plan.affected if self.plan is not None else ()
        return tuple(model for model in affected if model.config not in reported)

    @property
    def weakened(self) -> bool:
        """Whether anything lets more through than at the base, or a model is no longer verified."""
        changes = (entry.report.config_changes for entry in self.entries)
        return any(found is not None and found.weakened for found in changes) or any(
            model.state is ModelState.REMOVED for model in self.models
        )


def severity(verdict: Verdict) -> int:
    """Return how bad a verdict is; of several, the largest counts."""
    return _SEVERITY[verdict]


_SEVERITY = {
    verdict: place
    for place, verdict in enumerate(
        (
            Verdict.REPRODUCED,
            Verdict.EQUIVALENT,
            Verdict.NO_BASELINE,
            Verdict.CHANGED,
            Verdict.DRIFTED,
            Verdict.FAILED,
        )
    )
}


def merged(bundles: tuple[Bundle, ...]) -> Bundle:
    """Return one bundle of many; of two reports of one configuration and platform, the worse is kept."""
    worst: dict[tuple[str, str], Entry] = {}
    for entry in (entry for bundle in bundles for entry in bundle.entries):
        current = worst.get(entry.key)
        if current is None or _SEVERITY[current.report.verdict] < _SEVERITY[entry.report.verdict]:
            worst[entry.key] = entry
    tools = {bundle.tool for bundle in bundles}
    return Bundle(
        tool=max(tools, default=""),
        entries=tuple(worst[key] for key in sorted(worst)),
        accepts=any(bundle.accepts for bundle in bundles),
        models=tuple(dict.fromkeys(model for bundle in bundles for model in bundle.models))[:ENTRIES],
        plan=_merged_plan([bundle.plan for bundle in bundles if bundle.plan is not None]),
    )


def _merged_plan(plans: Sequence[PlanSummary]) -> PlanSummary | None:
    if not plans:
        return None
    affected = dict.fromkeys(model for plan in plans for model in plan.affected)
    return PlanSummary(affected=tuple(affected)[:ENTRIES], others=sum(plan.others for plan in plans))


def path_fault(path: str) -> str:
    """Say why a text is no path inside a repository, or nothing.

    A path is relative and POSIX, holds nothing that cannot be seen, and stays out of what
    git and GitHub keep for themselves.
    """
    parts = path.split("/")
    if not path or len(path) > PATH:
        return f"a path should have 1 to {PATH} characters"
    if visible(path) != path or "\\" in path:
        return "a path should have no backslash and no character that cannot be seen"
    if any(part in {"", ".", ".."} for part in parts) or ":" in parts[0]:
        return "a path should be relative and without . and .."
    if parts[0].lower() in {".git", ".github"}:
        return "a path should stay out of .git and .github"
    return ""
