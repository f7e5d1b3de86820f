# SPDX-License-Identifier: Apache-2.0
"""What a verification found → its report: headline, causes, both comparisons, what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from repro_action import __version__
from repro_action.baseline import Baseline, fingerprint_id
from repro_action.compare.difference import Difference
from repro_action.compare.judge import compare
from repro_action.environments.protocol import Environment
from repro_action.errors import ReproError
from repro_action.findings.hints import Scene, hints
from repro_action.findings.observed import seeded, suspicious, unseeded
from repro_action.findings.suspects import Suspect, first_step, rank
from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.observation import Observation, ObservationKind
from repro_action.report.build import undeclared_reads as reads
from repro_action.report.build.comparison import circumstances, comparison
from repro_action.report.build.details import details_of
from repro_action.report.build.failure import notice
from repro_action.report.build.headline import (
    causes_of,
    headline,
)
from repro_action.report.build.listings import without_sorted
from repro_action.report.build.notices import (
    left_behind_notices,
    read_notices,
    rule_notices,
    some,
    straggler_notices,
    undeclared_notices,
    warning_notices,
)
from repro_action.report.build.sandbox_notices import enclosed_notices
from repro_action.report.build.trends import trends
from repro_action.report.model import Comparison, Fact, Flavour, Notice, Report, Side, StepLine, StepState
from repro_action.report.render.labels import AGREEMENT
from repro_action.runs.plan import RunPlan
from repro_action.runs.project import Project
from repro_action.runs.run import Run
from repro_action.steps.record import StepRecord
from repro_action.verdict import Verdict

MAX_CAUSES = 20
MAX_OBSERVATIONS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What people call the two sides of a change; empty for the usual words.

    Attributes:
        base: the revision that is compared with, such as `main`.
        this: what is checked out, such as `this pull request`.
        commit: the commit that people know it by, where a runner merged it into another.
    """

    base: str = ""
    this: str = ""
    commit: str = ""


USUAL = Called()


def change_of(project: Project, revision: str, called: Called = USUAL) -> Comparison | None:
    """Answer the second question: what does the change do, baseline against baseline?

    Args:
        project: the project.
        revision: of git.
        called: what people call both sides.

    Returns:
        The comparison of the class that both sides have; None where either side has no
        baseline, or they share no class.

    Raises:
        HistoryError: git does not know the revision.
        BaselineError: either baseline cannot be read.
    """
    commit = project.history.require_revision(revision)
    before, after = project.baseline_at(revision), project.baseline()
    if before is None or after is None:
        return None
    shared = sorted({*before.platforms} & {*after.platforms})
    if not shared:
        return None
    platform = next((name for name in shared if before.platforms[name] != after.platforms[name]), shared[0])
    old, new = before.platforms[platform], after.platforms[platform]
    difference = compare(old, new, metrics=project.config.metrics, artifacts=project.config.artifacts)
    head = called.commit or project.history.commit("HEAD") or ""
    sides = (
        Side(label=called.base or revision, platform=platform, revision=commit[:12]),
        Side(label=called.this or "this commit", platform=platform, revision=head[:12]),
    )
    extents = details_of(project, difference.materials, since=commit)
    return comparison(difference, old, new, sides=sides, extents=extents)


def nearest(baseline: Baseline | None, candidate: Fingerprint) -> Fingerprint | None:
    """Return the accepted fingerprint of the class most like the candidate's, if there is any."""
    if baseline is None or not baseline.platforms:
        return None
    family = candidate.platform.replace("_", "-").split("-")[0]
    ranked = sorted(baseline.platforms, key=lambda name: (not name.startswith(family), name))
    return baseline.platforms[ranked[0]]


def failed(project: Project, error: ReproError, *, records: tuple[StepRecord, ...]) -> Report:
    """Return the report of a run that could not be compared.

    Args:
        project: the project.
        error: what stopped it.
        records: steps that ran; the last one failed.
    """
    return Report(
        tool=__version__,
        name=project.config.name,
        verdict=Verdict.FAILED,
        headline=Verdict.FAILED.meaning,
        steps=tuple(
            StepLine(
                name=record.name,
                state=StepState.FAILED if record is records[-1] else StepState.RAN,
                seconds=record.seconds,
            )
            for record in records
        ),
        error=notice(error),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Everything about one finished run that its report draws on.

    Attributes:
        commit: by which people know what is checked out; empty for HEAD.
        base: revision that the change starts from; empty where unknown.
    """

    project: Project
    plan: RunPlan
    environment: Environment
    run: Run
    commit: str = ""
    base: str = ""

    def no_baseline(self, other: Fingerprint | None) -> Report:
        """Tell a first run; with another class's baseline at hand, side by side with that."""
        candidate = self.run.fingerprint
        compared: Comparison | None = None
        if other is not None:
            config = self.project.config
            difference = compare(other, candidate, metrics=config.metrics, artifacts=config.artifacts)
            sides = (Side(label="nearest class", platform=other.platform), self._this())
            compared = comparison(difference, other, candidate, sides=sides)
        flavour = Flavour.NEAREST if other is not None else Flavour.NONE
        text = f"this is the first run for {candidate.platform}: it becomes the baseline when it is accepted"
        return self._report(Verdict.NO_BASELINE, flavour, text, compared, ("repro accept",))

    def suspects(self, difference: Difference) -> tuple[Suspect, ...]:
        """Rank the materials that differ."""
        params = {found.name: None for found in difference.materials if found.kind is MaterialKind.PARAMS}
        first = self.first_step(difference)
        consumed = set(self.plan.consumed(first, params))
        consumed |= {(MaterialKind.CODE, path) for path in self.run.undeclared.get(first, ())}
        return rank(
            difference.materials,
            consumed=consumed,
            imported=self.run.imported,
            details=details_of(self.project, difference.materials, perhaps=self.base),
        )

    def first_step(self, difference: Difference) -> str:
        """Return the first step whose products or metrics differ."""
        writers = {file: self.plan.writer(file) for file in self.project.config.metrics}
        return first_step(difference, [step.name for step in self.plan.steps], writers)

    def unseeded(self, step: str) -> bool:
        """Whether a step was seen to draw randomness that nobody seeded."""
        return bool(unseeded(self.run.observations.get(step, ())))

    def claim(
        self,
        accepted: Fingerprint,
        difference: Difference,
        *,
        verdict: Verdict,
        flavour: Flavour,
        again: Difference | None,
    ) -> Report:
        """Tell a run that was compared with the baseline of its own class."""
        candidate = self.run.fingerprint
        suspects = self.suspects(difference)
        around = circumstances(accepted, candidate)
        first = self.first_step(again if again is not None and not again.same else difference)
        compared = comparison(
            difference,
            accepted,
            candidate,
            sides=(Side(label="baseline", platform=accepted.platform), self._this()),
        )
        drifted = verdict is Verdict.DRIFTED and flavour is not Flavour.FLAKY
        seen = self.run.observations.get(first, ())
        causes = causes_of(
            verdict,
            flavour,
            suspects=suspects,
            around=around,
            first=first,
            again=again,
            reads=_undeclared_reads(self.project) if drifted else (),
            seen=suspicious(
                self._without_sorted(seen) if verdict is Verdict.DRIFTED else (), AGREEMENT[flavour]
            ),
        )
        text = headline(verdict, flavour, difference, causes=causes, first=first)
        scene = Scene(
            difference=difference,
            before=accepted.circumstances,
            after=candidate.circumstances,
            repeated=flavour is Flavour.FLAKY,
        )
        report = self._report(verdict, flavour, text, compared, _next_commands(verdict, flavour), first=first)
        found = tuple(Notice(what=hint.what, remedy=hint.remedy, where=hint.name) for hint in hints(scene))
        past = trends(self.project, candidate)
        return replace(report, causes=causes[:MAX_CAUSES], circumstances=around, hints=found, trends=past)

    def _this(self) -> Side:
        head = self.commit or self.project.history.commit("HEAD") or ""
        return Side(label="this run", platform=self.run.fingerprint.platform, revision=head[:12])

    def _undeclared(self) -> Mapping[str, tuple[Observation, ...]]:
        return reads.undeclared(self.project.config, self.plan, self.run.observations)

    def _observations(self) -> tuple[Observation, ...]:
        """Return what of all that was seen has a place in the report: of reads, the undeclared ones."""
        held = (item for found in self.run.observations.values() for item in found)
        told = [item for item in held if item.kind is not ObservationKind.READ]
        told += [item for found in self._undeclared().values() for item in found]
        return self._without_sorted(dict.fromkeys(told))[:MAX_OBSERVATIONS]

    def _without_sorted(self, seen: Iterable[Observation]) -> tuple[Observation, ...]:
        code = {path for files in self.plan.inputs.values() for path in files.code}
        code |= {path for files in self.run.undeclared.values() for path in files}
        return without_sorted(self.project.config.root, code, seen)

    def _report(
        self,
        verdict: Verdict,
        flavour: Flavour,
        text: str,
        compared: Comparison | None,
        commands: tuple[str, ...],
        *,
        first: str = "",
    ) -> Report:
        return Report(
            tool=__version__,
            name=self.project.config.name,
            verdict=verdict,
            flavour=flavour,
            headline=text,
            claim=compared,
            steps=tuple(
                StepLine(
                    name=record.name,
                    state=StepState.RAN if record.trained else StepState.REUSED,
                    seconds=record.seconds,
                    first_difference=record.name == first,
                )
                for record in self.run.records
            ),
            environment=_facts(self.environment, self.run),
            environment_digest=str(self.environment.digest),
            observations=self._observations(),
            warnings=(
                *undeclared_notices(self.run.undeclared),
                *read_notices(self._undeclared()),
                *warning_notices(self.run.warnings),
                *straggler_notices(self.run.records),
                *left_behind_notices(self.run.left_behind),
                *enclosed_notices(self.run.enforced),
                *rule_notices(self.project.config.metrics, self.run.fingerprint.metrics),
            ),
            reproduce=commands,
            fingerprint=fingerprint_id(self.run.fingerprint),
        )


def _undeclared_reads(project: Project) -> tuple[str, ...]:
    from repro_action.init.undeclared import told, undeclared_reads

    return tuple(told(read) for read in undeclared_reads(project.config))


def _facts(environment: Environment, run: Run) -> tuple[Fact, ...]:
    held = run.fingerprint.circumstances
    facts: Mapping[str, str] = {
        "backend": environment.backend,
        **environment.facts,
        "python": environment.python_version,
        "packages": str(len(environment.distributions)),
        "platform": run.fingerprint.platform,
        "cpu": held.get("cpu", ""),
        "blas kernel": held.get("blas_kernel", ""),
        "sandbox": run.enforced.text,
        **_randomness(run),
    }
    return tuple(Fact(name=name, value=value) for name, value in facts.items() if value)


def _randomness(run: Run) -> dict[str, str]:
    seen = [item for held in run.observations.values() for item in held]
    told = {
        "unseeded": [f"{place.file}:{place.line} {place.what}" for place in unseeded(seen)],
        "seeded by policy": list(seeded(seen)),
    }
    return {name: some(places) for name, places in told.items() if places}


def _next_commands(verdict: Verdict, flavour: Flavour) -> tuple[str, ...]:
    match verdict:
        case Verdict.CHANGED:
            return ("repro verify", "repro accept   # if the change is meant")
        case Verdict.REPRODUCED if flavour is Flavour.MATERIALS:
            return ("repro accept   # refreshes the recorded materials",)
        case Verdict.DRIFTED:
            return ("repro verify", "repro doctor")
        case _:
            return ()
