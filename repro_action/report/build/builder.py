# SPDX-License-Identifier: Apache-2.0
"""What a verification found → its report: headline, causes, findings, comparison, what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from repro_action import __version__
from repro_action.codec.baseline import fingerprint_id
from repro_action.compare.difference import Difference
from repro_action.compare.judge import compare
from repro_action.environments.pinned import unmet
from repro_action.environments.protocol import Environment
from repro_action.finding import Evidence, Finding, FindingKind
from repro_action.findings.observed import Agreement, suspicious, unseeded
from repro_action.findings.source import races
from repro_action.findings.suspects import Suspect, differing_steps, rank
from repro_action.findings.symptoms import Symptoms, recognised
from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.observation import Observation, ObservationKind
from repro_action.report.build import undeclared_reads as reads
from repro_action.report.build.advice import hints, next_commands
from repro_action.report.build.artifacts import artifacts
from repro_action.report.build.comparison import circumstances, comparison
from repro_action.report.build.details import details_of
from repro_action.report.build.facts import facts
from repro_action.report.build.headline import causes_of, headline
from repro_action.report.build.lines import MAX_FINDINGS, reaching, suspected_lines, with_source
from repro_action.report.build.listings import without_sorted
from repro_action.report.build.notices import (
    pinned_notices,
    read_notices,
    returned_notices,
    rule_notices,
    straggler_notices,
    undeclared_notices,
    unvouched_notices,
    warning_notices,
)
from repro_action.report.build.repro_alone import by_repro_alone
from repro_action.report.build.sandbox_notices import enclosed_notices
from repro_action.report.build.sources import sources_of
from repro_action.report.build.trends import trends
from repro_action.report.build.uncommitted import uncommitted
from repro_action.report.build.values import accidents
from repro_action.report.model import (
    ArtifactDifference,
    Cause,
    Comparison,
    Flavour,
    Report,
    Side,
    StepLine,
    StepState,
)
from repro_action.runs.plan import RunPlan
from repro_action.runs.project import Project
from repro_action.runs.run import Run
from repro_action.verdict import Verdict

MAX_CAUSES = 20

MAX_OBSERVATIONS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBuilder:
    """Makes the report of one finished run.

    Attributes:
        project: whose run it is.
        plan: its steps.
        environment: that it ran in.
        run: what came of it.
        commit: by which people know what is checked out; empty for HEAD.
        base: revision that the change starts from; empty where unknown.
    """

    project: Project
    plan: RunPlan
    environment: Environment
    run: Run
    commit: str = ""
    base: str = ""

    def without_baseline(
        self, other: Fingerprint | None, *, again: Difference | None = None, runs: int = 1
    ) -> Report:
        """Report a first run; with another class's baseline at hand, side by side with that.

        Args:
            other: that baseline.
            again: of the run against another one of the same materials, if there was one.
            runs: how many runs of the same materials were made.
        """
        candidate = self.run.fingerprint
        compared: Comparison | None = None
        if other is not None:
            config = self.project.config
            difference = compare(other, candidate, metrics=config.metrics, artifacts=config.artifacts)
            sides = (Side(label="nearest class", platform=other.platform), self._this())
            compared = comparison(difference, other, candidate, sides=sides)
        seen = self._observations()
        if again is not None and not again.within:
            return self._first_that_disagrees(again, seen, runs)
        text = f"this is the first run for {candidate.platform}: it becomes the baseline when it is accepted"
        if runs > 1:
            text += f"; {'two' if runs == 2 else runs} runs here agree"
        return replace(
            self._report(Verdict.NO_BASELINE, seen),
            flavour=Flavour.NEAREST if other is not None else Flavour.NONE,
            headline=text,
            claim=compared,
            findings=suspicious(reaching(seen, self._sources("")), Agreement.UNKNOWN)[:MAX_FINDINGS],
            reproduce=("repro accept",),
        )

    def _first_that_disagrees(self, again: Difference, seen: Sequence[Observation], runs: int) -> Report:
        """Report a first run that a repetition disagrees with: it would make a baseline that fails."""
        steps = self._differing(again)
        first = next(iter(steps), "")
        listed, _ = artifacts(again.products, [step.name for step in self.plan.steps])
        findings, values = self._lines_and_values(Verdict.DRIFTED, Flavour.FLAKY, seen, steps, listed)
        causes = causes_of(
            Verdict.DRIFTED,
            Flavour.FLAKY,
            suspects=(),
            around=(),
            first=first,
            again=again,
            reads=(),
            findings=findings,
            values=values,
            runs=runs,
        )
        kind = FindingKind.DISAGREEMENT
        sentence = headline(Verdict.DRIFTED, Flavour.FLAKY, again, causes=causes, first=first)
        return replace(
            self._report(Verdict.NO_BASELINE, seen, first=first),
            flavour=Flavour.FLAKY,
            headline=f"{sentence}, so this first run makes no baseline",
            causes=causes[:MAX_CAUSES],
            findings=findings,
            hints=hints((kind,), named=bool(findings or values)),
            reproduce=next_commands(Verdict.DRIFTED, Flavour.FLAKY, causes),
        )

    def with_baseline(
        self,
        accepted: Fingerprint,
        difference: Difference,
        *,
        verdict: Verdict,
        flavour: Flavour,
        again: Difference | None,
        runs: int = 1,
    ) -> Report:
        """Report a run that was compared with the baseline of its own class.

        Args:
            accepted: the baseline.
            difference: of the run against it.
            verdict: what that means.
            flavour: what the verdict leaves open.
            again: of the run against another one of the same materials, if there was one.
            runs: how many runs of the same materials were made.
        """
        candidate = self.run.fingerprint
        around = circumstances(accepted, candidate)
        steps = self._differing(again if again is not None and not again.same else difference)
        first = next(iter(steps), "")
        seen = self._observations()
        sides = (Side(label="baseline", platform=accepted.platform), self._this())
        compared = comparison(difference, accepted, candidate, sides=sides)
        findings, values = self._lines_and_values(verdict, flavour, seen, steps, compared.artifacts)
        causes = causes_of(
            verdict,
            flavour,
            suspects=self.suspects(difference),
            around=around,
            first=first,
            again=again,
            reads=self._suspected_reads(verdict, flavour),
            findings=findings,
            values=values,
            runs=runs,
        )
        symptoms = self._symptoms(accepted, difference, flavour)
        return replace(
            self._report(verdict, seen, first=first),
            flavour=flavour,
            headline=headline(
                verdict, flavour, difference, causes=causes, first=first, findings=findings, runs=runs
            ),
            claim=compared,
            causes=causes[:MAX_CAUSES],
            findings=findings,
            circumstances=around,
            hints=hints(recognised(symptoms), named=bool(findings or values)),
            reproduce=next_commands(verdict, flavour, causes),
            trends=trends(self.project, candidate),
        )

    def _suspected_reads(self, verdict: Verdict, flavour: Flavour) -> tuple[str, ...]:
        """Return reads of undeclared files that may be why two machines disagree, as sentences."""
        if verdict is not Verdict.DRIFTED or flavour is Flavour.FLAKY:
            return ()
        from repro_action.init.undeclared import read_sentence, undeclared_reads

        return tuple(read_sentence(read) for read in undeclared_reads(self.project.config))

    def _symptoms(self, accepted: Fingerprint, difference: Difference, flavour: Flavour) -> Symptoms:
        return Symptoms(
            difference=difference,
            before=accepted.circumstances,
            after=self.run.fingerprint.circumstances,
            repeated=flavour is Flavour.FLAKY,
        )

    def _lines_and_values(
        self,
        verdict: Verdict,
        flavour: Flavour,
        seen: Sequence[Observation],
        steps: Sequence[str],
        listed: Sequence[ArtifactDifference],
    ) -> tuple[tuple[Finding, ...], tuple[Cause, ...]]:
        """Return the lines that may have made the outputs differ, and values that differ by themselves."""
        findings = self._lines(verdict, flavour, seen, steps)
        if verdict is not Verdict.DRIFTED:
            return findings, ()
        values, nothing_else = accidents(listed, next(iter(steps), ""))
        if nothing_else:
            # A line that was only read in the source races for numbers; none of them differs.
            findings = tuple(one for one in findings if one.evidence is Evidence.SEEN)
        return findings, values

    def _lines(
        self, verdict: Verdict, flavour: Flavour, seen: Sequence[Observation], steps: Sequence[str]
    ) -> tuple[Finding, ...]:
        """Return the lines that may have made the outputs differ, the most likely first."""
        if verdict is Verdict.REPRODUCED:
            return ()
        found = suspected_lines(verdict, flavour, reaching(seen, self._sources("")), steps)
        if verdict is not Verdict.DRIFTED:
            return found
        first = next(iter(steps), "")
        return with_source(found, flavour, self._sources(first), first)

    def may_race(self, step: str) -> bool:
        """Whether workers of a step race for few outcomes: then runs that agree prove little."""
        return bool(races(self._sources(step)))

    def _sources(self, step: str) -> Mapping[str, str]:
        return sources_of(self.project.config.root, self.plan, self.run.undeclared, step)

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
        """Return the first step whose products or metrics differ; empty where none is known."""
        return next(iter(self._differing(difference)), "")

    def draws_unseeded(self, step: str) -> bool:
        """Whether a step was seen to draw randomness that nobody seeded."""
        return bool(unseeded(self.run.observations.get(step, ())))

    def reads_moment(self, step: str) -> bool:
        """Whether a step was seen to take something that is another at each moment, such as the time."""
        return bool(suspicious(self.run.observations.get(step, ()), Agreement.DISAGREE))

    def _differing(self, difference: Difference) -> tuple[str, ...]:
        writers = {file: self.plan.writer(file) for file in self.project.config.metrics}
        return differing_steps(difference, [step.name for step in self.plan.steps], writers)

    def _this(self) -> Side:
        head = self.commit or self.project.history.commit("HEAD") or ""
        return Side(
            label="this run",
            platform=self.run.fingerprint.platform,
            revision=head[:12],
            uncommitted=uncommitted(self.project, self.plan, self.run.undeclared) if head else (),
        )

    def _undeclared(self) -> Mapping[str, tuple[Observation, ...]]:
        own = {step: use.own for step, use in self.run.enforced.seen.items()}
        return reads.undeclared(self.project.config, self.plan, self.run.observations, own)

    def _observations(self) -> tuple[Observation, ...]:
        """Return what of all that was seen has a place in the report: of reads, the undeclared ones."""
        everything = (item for found in self.run.observations.values() for item in found)
        listed = [item for item in everything if item.kind is not ObservationKind.READ]
        listed += [item for found in self._undeclared().values() for item in found]
        code = {path for files in self.plan.inputs.values() for path in files.code}
        code |= {path for files in self.run.undeclared.values() for path in files}
        return without_sorted(self.project.config.root, code, dict.fromkeys(listed))

    def _report(self, verdict: Verdict, seen: Sequence[Observation], *, first: str = "") -> Report:
        """Return what every report has; the headline is still to come."""
        run, config = self.run, self.project.config
        return Report(
            tool=__version__,
            name=config.name,
            verdict=verdict,
            headline="",
            steps=tuple(
                StepLine(
                    name=record.name,
                    state=StepState.RAN if record.trained else StepState.REUSED,
                    seconds=record.seconds,
                    first_difference=record.name == first,
                )
                for record in run.records
            ),
            environment=facts(self.environment, run),
            environment_digest=str(self.environment.digest),
            observations=tuple(seen[:MAX_OBSERVATIONS]),
            warnings=(
                *unvouched_notices(run.unvouched),
                *undeclared_notices(run.undeclared),
                *read_notices(self._undeclared()),
                *warning_notices(run.warnings),
                *pinned_notices(unmet(config.root, self.project.history.top, self.environment)),
                *straggler_notices(run.records),
                *returned_notices(run.returned),
                *enclosed_notices(run.enforced),
                *by_repro_alone(
                    lambda: self._sources(""),
                    profile=config.determinism.profile,
                    numbered=run.enforced.numbered,
                ),
                *rule_notices(config.metrics, run.fingerprint.metrics),
            ),
            fingerprint=fingerprint_id(run.fingerprint),
        )
