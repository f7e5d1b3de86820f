# SPDX-License-Identifier: Apache-2.0
"""What a finished run means: compared with its baseline, repeated before anything is blamed, reported.

Nothing of this is needed before a step runs: `repro_action.flows.prefetch` loads it while the first
one trains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from repro_action.compare.difference import Difference
from repro_action.compare.judge import compare, judge, only_rules
from repro_action.compare.metrics import Rules
from repro_action.compare.seed_noise import with_noise
from repro_action.fingerprint import Fingerprint
from repro_action.flows.earlier_build import against_earlier
from repro_action.interpreter.environment import Environment
from repro_action.progress import Progress
from repro_action.report.build.builder import ReportBuilder, reference
from repro_action.report.build.change import nearest
from repro_action.report.build.conclusion import Conclusion
from repro_action.report.build.labels import Labels
from repro_action.report.build.run_evidence import RunEvidence
from repro_action.report.model import Flavour, Report
from repro_action.runs.baseline_source import AcceptedRun, BaselineSource, FinishedRun
from repro_action.runs.plan import RunPlan
from repro_action.runs.products import deepened
from repro_action.runs.project import Project
from repro_action.runs.reread import read_as_before
from repro_action.runs.run import Run
from repro_action.tree import Node
from repro_action.verdict import Verdict

REPEATS = 4
"""Repeats of a run whose source shows a race: two that agree prove little."""

LONG = 600.0
"""Seconds of a run that is repeated once at most."""

BRIEF = 60.0
"""Seconds of a run that is repeated although only a clock or an id speaks for it: many programs read one."""


class Repetition(Protocol):
    """Runs once more."""

    def __call__(
        self, plan: RunPlan, environment: Environment, candidate: Fingerprint, *, tolerant: bool
    ) -> Difference:
        """Run the same materials again, and return how the outputs differ from those of the candidate.

        Args:
            plan: of the first run.
            environment: likewise.
            candidate: the first run; its outputs are put back afterwards.
            tolerant: what the configuration's tolerances accept is not a difference.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Finds what one run means.

    Attributes:
        project: whose run it is.
        progress: receives how far it is.
        repeat_once: runs once more.
        repeat: whether that may be asked for before anything is blamed, and of a first run.
        against: revision that the change starts from; empty where unknown.
        labels: by which people know what is checked out.
    """

    project: Project
    progress: Progress
    repeat_once: Repetition
    repeat: bool
    against: str
    labels: Labels

    def report(
        self, source: BaselineSource, finished: FinishedRun, environment: Environment, done: Run
    ) -> Report:
        """Keep the run as the candidate, and compare it with the baseline.

        Args:
            source: of what was accepted, if anything was.
            finished: the run, as the source takes it.
            environment: of the run.
            done: the run.
        """
        config, plan = self.project.config, finished.plan
        candidate = done.fingerprint
        self.project.store.save_candidate(config.name, candidate)
        again = against_earlier(config, plan, candidate, done.enforced.earlier)
        if again is not None and not again.same:
            self.project.store.mark_flaky()
        self.progress.stage(f"comparing with {reference(source)}")
        accepted = source.accepted(finished)
        evidence = RunEvidence(project=self.project, plan=plan, run=done, base=self.against)
        builder = ReportBuilder(evidence=evidence, environment=environment, labels=self.labels, source=source)
        if accepted is None:
            again, runs = self._first(builder, again)
            other = nearest(source.committed, candidate)
            return builder.without_baseline(other, again=again, runs=runs)
        return self._judged(builder, accepted, again)

    def _first(self, builder: ReportBuilder, again: Difference | None) -> tuple[Difference | None, int]:
        """Run a first run once more, if it is not long: what disagrees with itself is no baseline."""
        evidence = builder.evidence
        records = evidence.run.records
        short = sum(step.seconds for step in records) < LONG and all(step.trained for step in records)
        if again is not None or not self.repeat or not short:
            if again is None:
                self.project.store.mark_seen_once()
            return again, 1
        times = REPEATS if evidence.may_race("") else 1
        again, runs = self._repeat(
            evidence.plan, builder.environment, evidence.run.fingerprint, times=times, tolerant=True
        )
        if not again.within:
            self.project.store.mark_flaky()
        return again, runs

    def _judged(self, builder: ReportBuilder, accepted: AcceptedRun, again: Difference | None) -> Report:
        """Compare with the baseline, and ask the run once more before anything is blamed.

        Args:
            builder: knows the run.
            accepted: the baseline of its class.
            again: of the run against an earlier one of the same materials, if there was one.
        """
        evidence = builder.evidence
        candidate = evidence.run.fingerprint
        rules = with_noise(self.project.config.metrics, accepted.fingerprint, builder.source.committed)
        difference = self._compare(evidence.plan, accepted, candidate, evidence.run.roots, rules)
        conclusion = self._concluded(builder, difference, again)
        if conclusion.verdict not in {Verdict.REPRODUCED, Verdict.EQUIVALENT} and conclusion.again is None:
            self.project.store.mark_seen_once()
        if conclusion.verdict is Verdict.REPRODUCED and not builder.source.external:
            self.project.store.keep_products(self.project.config.root, candidate)
        return builder.with_baseline(accepted.fingerprint, difference, conclusion)

    def _concluded(
        self, builder: ReportBuilder, difference: Difference, again: Difference | None
    ) -> Conclusion:
        """Say what a difference means; where something would be blamed for it, repeat the run first."""
        evidence, runs = builder.evidence, 1
        verdict = judge(difference)
        flavour = _flavour(verdict, difference)
        if (again is None or again.same) and self._needs_repeat(verdict, evidence, difference):
            times = self._times(evidence, difference)
            again, runs = self._repeat(
                evidence.plan, builder.environment, evidence.run.fingerprint, times=times
            )
            if not again.same:
                self.project.store.mark_flaky()
            elif verdict is Verdict.DRIFTED:
                flavour = Flavour.STABLE
        if again is not None and not again.same:
            # A run that disagrees with itself is no matter of materials, whatever else changed.
            verdict, flavour = Verdict.DRIFTED, Flavour.FLAKY
        return Conclusion(
            verdict=verdict, flavour=flavour, again=again, runs=runs, reference=reference(builder.source)
        )

    def _needs_repeat(self, verdict: Verdict, evidence: RunEvidence, difference: Difference) -> bool:
        """Whether to ask the run itself before blaming a material.

        No material can have caused the difference, or the step where it begins drew from a
        generator that nobody seeded: then a package that changed as well would take the blame
        for ever. So it would where the step read a clock, if that came into its output.
        """
        if not self.repeat or not all(step.trained for step in evidence.run.records):
            return False
        if verdict is Verdict.CHANGED and not only_rules(difference):
            direct = any(found.direct for found in evidence.suspects(difference))
            first = evidence.first_step(difference)
            brief = sum(step.seconds for step in evidence.run.records) < BRIEF
            return not direct or evidence.draws_unseeded(first) or (brief and evidence.reads_moment(first))
        return verdict is Verdict.DRIFTED

    def _compare(
        self,
        plan: RunPlan,
        accepted: AcceptedRun,
        candidate: Fingerprint,
        roots: Mapping[str, Node],
        rules: Rules,
    ) -> Difference:
        """Compare what can be, whichever rules changed.

        What differs is listed to one depth on both sides, and measured where it can be.
        """
        before = accepted.fingerprint
        reread = read_as_before(self.project.config, plan, before, candidate)
        found = self._by_elements(before, reread.after, roots, rules)
        return replace(found, materials=(*accepted.differences, *found.materials, *reread.rules))

    def _by_elements(
        self, before: Fingerprint, after: Fingerprint, roots: Mapping[str, Node], rules: Rules
    ) -> Difference:
        config = self.project.config
        first = compare(before, after, metrics=rules, artifacts=config.artifacts)
        differing = {
            found.path for found in first.products if not found.state.same and found.before is not None
        }
        if not differing:
            return first
        old, new = dict(before.products), dict(after.products)
        for path in differing & set(new) & set(roots):
            kept = self.project.store.kept(old[path], path)
            leaves = deepened(config, path, old[path], kept=kept, root=roots[path])
            old[path], new[path] = (
                replace(product, leaves=listed)
                for product, listed in zip((old[path], new[path]), leaves, strict=True)
            )
        return compare(
            replace(before, products=old),
            replace(after, products=new),
            metrics=rules,
            artifacts=config.artifacts,
        )

    def _times(self, evidence: RunEvidence, difference: Difference) -> int:
        """Return how often to repeat: more where a race stands in the source, if a run does not take long."""
        seconds = sum(step.seconds for step in evidence.run.records)
        short = seconds < LONG
        return REPEATS if short and evidence.may_race(evidence.first_step(difference)) else 1

    def _repeat(
        self,
        plan: RunPlan,
        environment: Environment,
        candidate: Fingerprint,
        *,
        times: int,
        tolerant: bool = False,
    ) -> tuple[Difference, int]:
        """Run the same materials again until a run disagrees; return its difference, and how many ran in all.

        The outputs of the first run are put back afterwards. `tolerant`: what the configuration's
        tolerances accept is no disagreement.
        """
        runs = 1
        while True:
            self.progress.stage("running once more: does the run agree with itself?")
            again = self.repeat_once(plan, environment, candidate, tolerant=tolerant)
            runs += 1
            if not again.within or runs > times:
                return again, runs


def _flavour(verdict: Verdict, difference: Difference) -> Flavour:
    if verdict is not Verdict.REPRODUCED:
        return Flavour.NONE
    if difference.materials:
        return Flavour.MATERIALS
    return Flavour.BYTES_ONLY if difference.bytes_only else Flavour.NONE
