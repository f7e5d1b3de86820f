# SPDX-License-Identifier: Apache-2.0
"""What a verification found → its report: headline, causes, findings, comparison, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from repro_action import __version__
from repro_action.codec.baseline import fingerprint_id
from repro_action.compare.difference import Difference
from repro_action.compare.judge import compare
from repro_action.environments.pinned import unmet
from repro_action.finding import FindingKind
from repro_action.findings.observed import Agreement, suspicious
from repro_action.findings.symptoms import Symptoms, recognised
from repro_action.fingerprint import Fingerprint
from repro_action.interpreter.environment import Environment
from repro_action.predictions.churn import PredictionChurn
from repro_action.report.build.accidental_bytes import accidental_bytes
from repro_action.report.build.advice import hints, next_commands, renewal_commands
from repro_action.report.build.artifacts import artifacts
from repro_action.report.build.as_bytes import compared_as_bytes
from repro_action.report.build.change import of_nothing
from repro_action.report.build.comparison import circumstances, comparison, unrecorded
from repro_action.report.build.conclusion import Conclusion
from repro_action.report.build.explained import Explained, explain
from repro_action.report.build.facts import facts
from repro_action.report.build.labels import USUAL_LABELS, Labels
from repro_action.report.build.lines import MAX_FINDINGS
from repro_action.report.build.margins import with_margins
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
from repro_action.report.build.opaque import disagreeing_bytes, disagreeing_logs
from repro_action.report.build.places import CauseFinder
from repro_action.report.build.repro_alone import by_repro_alone
from repro_action.report.build.run_evidence import RunEvidence
from repro_action.report.build.sandbox_notices import enclosed_notices
from repro_action.report.build.trends import absent_trends, trends
from repro_action.report.build.uncommitted import uncommitted
from repro_action.report.model import Flavour, Notice, Report, Side, StepLine, StepState
from repro_action.runs.baseline_source import BaselineSource
from repro_action.runs.stash import Returned
from repro_action.verdict import Verdict

MAX_CAUSES = 20

MAX_OBSERVATIONS = 500


def reference(source: BaselineSource) -> str:
    """Return how a sentence calls what a run is compared with."""
    return f"what {source.name} records" if source.external else f"the {source.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBuilder:
    """Makes the report of one finished run.

    Attributes:
        evidence: what the run shows.
        environment: that it ran in.
        labels: by which people know what is checked out.
        source: of what the run is compared with.
    """

    evidence: RunEvidence
    environment: Environment
    source: BaselineSource
    labels: Labels = USUAL_LABELS

    def without_baseline(
        self, other: Fingerprint | None, *, again: Difference | None = None, runs: int = 1
    ) -> Report:
        """Report a first run; with another class's baseline at hand, side by side with that.

        Args:
            other: that baseline.
            again: of the run against another one of the same materials, if there was one.
            runs: how many runs of the same materials were made.
        """
        if again is not None and not again.within:
            return self._first_that_disagrees(again, runs)
        candidate = self.evidence.run.fingerprint
        config = self.evidence.project.config
        if other is not None:
            difference = compare(other, candidate, metrics=config.metrics, artifacts=config.artifacts)
            sides = (Side(label="nearest class", platform=other.platform), self._this())
            compared = comparison(difference, other, candidate, sides=sides)
        else:
            first = Side(label=self.source.name, platform=candidate.platform)
            compared = of_nothing(candidate, self.evidence.project, (first, self._this()))
        renewal = self.source.renewal
        text = f"this is the first run for {candidate.platform}: it becomes the baseline when it is accepted"
        if self.source.external:
            text = f"{self.source.name} {self.source.absence}, so there is nothing to compare with"
        if runs > 1:
            text += f"; {'two' if runs == 2 else runs} runs here agree"
        written = self._written(again) if again is not None else ()
        return replace(
            self._report(Verdict.NO_BASELINE),
            flavour=Flavour.NEAREST if other is not None else Flavour.NONE,
            headline=text,
            claim=compared,
            hints=(*compared_as_bytes(candidate.products), *written),
            findings=suspicious(self.evidence.reaching, Agreement.UNKNOWN)[:MAX_FINDINGS],
            reproduce=renewal_commands(Verdict.NO_BASELINE, renewal)
            if self.source.external
            else ("repro accept",),
        )

    def _first_that_disagrees(self, again: Difference, runs: int) -> Report:
        """Report a first run that a repetition disagrees with: it would make a baseline that fails."""
        listed, _ = artifacts(again.products, [step.name for step in self.evidence.plan.steps])
        conclusion = Conclusion(verdict=Verdict.DRIFTED, flavour=Flavour.FLAKY, again=again, runs=runs)
        explained = explain(self.evidence, conclusion, again, listed)
        return replace(
            self._explained(
                Verdict.NO_BASELINE,
                explained,
                (FindingKind.DISAGREEMENT,),
                (*disagreeing_bytes(listed), *disagreeing_logs(again)),
            ),
            headline=f"{explained.headline}, so this first run cannot become the baseline",
        )

    def with_baseline(self, accepted: Fingerprint, difference: Difference, conclusion: Conclusion) -> Report:
        """Report a run that was compared with the baseline of its own class.

        Args:
            accepted: the baseline.
            difference: of the run against it.
            conclusion: what that means.
        """
        candidate = self.evidence.run.fingerprint
        around = circumstances(accepted, candidate)
        sides = (Side(label=self.source.name, platform=accepted.platform), self._this())
        compared = comparison(difference, accepted, candidate, sides=sides, again=conclusion.again)
        compared = unrecorded(compared, self.source.unrecorded)
        compared = with_margins(compared, accepted, self.source.committed)
        compared = replace(
            compared,
            materials=self._finder.materials(compared.materials),
            predictions=self._predictions(accepted),
        )
        suspects = self.evidence.suspects(difference)
        explained = explain(
            self.evidence, conclusion, difference, compared.artifacts, suspects=suspects, around=around
        )
        symptoms = Symptoms(
            difference=difference,
            before=accepted.circumstances or candidate.circumstances,
            after=candidate.circumstances,
            repeated=conclusion.flavour is Flavour.FLAKY,
        )
        return replace(
            self._explained(conclusion.verdict, explained, recognised(symptoms), self._written(difference)),
            claim=compared,
            circumstances=around,
            trends=() if self.source.external else trends(self.evidence.project, candidate),
            trends_absent=absent_trends(self.evidence.project),
        )

    def _predictions(self, accepted: Fingerprint) -> tuple[PredictionChurn, ...]:
        project = self.evidence.project
        if not project.config.predictions:
            return ()
        from repro_action.report.build.predictions import churns

        commit = project.history.commit("HEAD") or ""
        return churns(project, accepted, self.evidence.run.fingerprint, commits=(commit, ""))

    @property
    def _finder(self) -> CauseFinder:
        """What knows the line of each cause."""
        return CauseFinder(project=self.evidence.project, base=self.evidence.base, accepted=True)

    def _written(self, difference: Difference) -> tuple[Notice, ...]:
        """Return why bytes differ whose leaves agree."""
        return accidental_bytes(difference, lambda: self.evidence.writes)

    def _explained(
        self,
        verdict: Verdict,
        explained: Explained,
        kinds: Sequence[FindingKind],
        notes: Sequence[Notice] = (),
    ) -> Report:
        """Return a report with what explains a difference.

        Args:
            verdict: of the run.
            explained: why outputs differ.
            kinds: what was recognised in the difference.
            notes: why bytes differ whose leaves agree.
        """
        found = explained.conclusion
        return replace(
            self._report(verdict, first=explained.first),
            flavour=found.flavour,
            headline=explained.headline,
            causes=self._finder.causes(explained.causes[:MAX_CAUSES]),
            findings=explained.findings,
            hints=(*hints(kinds, named=explained.named), *notes),
            reproduce=renewal_commands(found.verdict, self.source.renewal)
            if self.source.external
            else next_commands(found.verdict, found.flavour, explained.causes),
        )

    def _this(self) -> Side:
        project, run = self.evidence.project, self.evidence.run
        head = self.labels.commit or project.history.commit("HEAD") or ""
        return Side(
            label="this run",
            platform=run.fingerprint.platform,
            revision=head[:12],
            merged_into=self.labels.merged_into,
            uncommitted=uncommitted(project, self.evidence.plan, run.undeclared) if head else (),
        )

    def _report(self, verdict: Verdict, *, first: str = "") -> Report:
        """Return what every report has; the headline is still to come."""
        run = self.evidence.run
        return Report(
            tool=__version__,
            name=self.evidence.project.config.name,
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
            observations=self.evidence.observations[:MAX_OBSERVATIONS],
            warnings=self._warnings(),
            fingerprint=fingerprint_id(run.fingerprint),
            claimed_by=self.source.name if self.source.external else "",
        )

    def _returned(self) -> Returned:
        """Return what became of files that were in the way, without those that git has anyway."""
        project, returned = self.evidence.project, self.evidence.run.returned
        aside = project.config.root / returned.aside
        lost = (name for name in returned.kept if not project.history.has_committed(name, aside / name))
        return replace(returned, kept=tuple(lost)) if returned.aside else returned

    def _warnings(self) -> tuple[Notice, ...]:
        evidence, run, config = self.evidence, self.evidence.run, self.evidence.project.config
        return (
            *self.source.notices,
            *unvouched_notices(run.unvouched),
            *undeclared_notices(run.undeclared),
            *read_notices(evidence.undeclared_reads),
            *warning_notices(run.warnings),
            *pinned_notices(unmet(config.root, evidence.project.history.top, self.environment)),
            *straggler_notices(run.records),
            *returned_notices(self._returned()),
            *enclosed_notices(run.enforced),
            *by_repro_alone(
                lambda: evidence.sources(""),
                profile=config.determinism.profile,
                numbered=run.enforced.numbered,
            ),
            *rule_notices(config.metrics, run.fingerprint.metrics),
        )
