# SPDX-License-Identifier: Apache-2.0
"""`repro verify`, the main job: train, fingerprint, compare with the committed baseline, say why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from repro_action.errors import ConfigError, Interrupted, ReproError
from repro_action.flows import prefetch
from repro_action.flows.supply import supply_data
from repro_action.report.build.labels import USUAL_LABELS, Labels
from repro_action.runs.plan import RunPlan, make_plan
from repro_action.sandbox.canary import while_it_runs
from repro_action.sandbox.tidy import removing_beside
from repro_action.steps.lock import lock_project
from repro_action.steps.signals import interruptible
from repro_action.steps.supervised import Supervisors
from repro_action.verdict import Verdict

if TYPE_CHECKING:
    from threading import Thread

    from repro_action.baseline import Baseline
    from repro_action.compare.difference import Difference
    from repro_action.environments.backend import EnvironmentBackend
    from repro_action.fingerprint import Fingerprint
    from repro_action.flows.base_rules import BaseRules
    from repro_action.flows.baseline_change import BaselineChange
    from repro_action.interpreter.environment import Environment
    from repro_action.progress import Progress
    from repro_action.report.model import Report
    from repro_action.report.verification import EarlierVerification
    from repro_action.runs.baseline_source import BaselineSource, FinishedRun
    from repro_action.runs.numeric import NumericReading
    from repro_action.runs.project import Project
    from repro_action.runs.run import Run, Stopped
    from repro_action.runs.stash import Stash
    from repro_action.sandbox.protocol import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """What the user may ask of a verification.

    Attributes:
        against: git revision whose baseline shows what the change does; empty for none.
        labels: what people call that revision and the present one.
        reuse: take outputs of steps whose materials did not change from the cache.
        repeat: run once more before saying `drifted`, and a first run.
        earlier: what trusted runs verified; a model that they answer for is not trained.
    """

    against: str = ""
    labels: Labels = USUAL_LABELS
    reuse: bool = False
    repeat: bool = True
    earlier: tuple[EarlierVerification, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A verification that came to an end.

    Attributes:
        report: what people see of it.
        stopped: what a step failed of; None where none did.
    """

    report: Report
    stopped: Stopped | None = None


def verify(
    project: Project, backend: EnvironmentBackend, options: VerifyOptions, progress: Progress
) -> Report:
    """Return the report of `attempt_to_verify`, which takes and raises the same."""
    return attempt_to_verify(project, backend, options, progress).report


def attempt_to_verify(
    project: Project, backend: EnvironmentBackend, options: VerifyOptions, progress: Progress
) -> Attempt:
    """Run the whole flow; failures that teach become a `failed` report, with what a step failed of beside it.

    Args:
        project: the configuration and what is kept of its runs.
        backend: makes the environment.
        options: of the command line.
        progress: receives what is done.

    Raises:
        Interrupted: the user stopped it; nothing was accepted or recorded.
    """
    change, rules = _change(project, options), _base_rules(project, options)
    stopped: Stopped | None = None
    project.store.prepare()
    with (
        interruptible(),
        lock_project(project.config.state) as lock,
        removing_beside(),
        Supervisors(pass_fds=(lock.fileno(),)) as supervisors,
    ):
        project.recover()
        project.store.sweep()
        # What is said of the commit is of the time before the steps.
        present = replace(project, history=replace(project.history, remembers=True))
        verification = VerifyRun(present, backend, options, progress, supervisors)
        try:
            report = verification.compare_to_baseline()
        except Interrupted:
            raise
        except ReproError as error:
            from repro_action.flows.missing_inputs import with_known_reads
            from repro_action.report.build.failure import failed
            from repro_action.runs.run import Stopped

            config = project.config
            stopped = with_known_reads(config, error) if isinstance(error, Stopped) else None
            records = stopped.records if stopped else ()
            report = failed(stopped or error, name=config.name, records=records, config=config)
    if rules is not None or project.config.evidence.asked:
        from repro_action.flows import receipt_counts

        report = receipt_counts.counted(report, project, rules)
    if rules is not None:
        made = None if report.verdict is Verdict.FAILED else project.store.candidate(project.config.name)
        report = replace(report, config_changes=rules.judged(made, project.config))
    shown = change.beside(report) if change is not None else None
    return Attempt(report=replace(report, change=shown), stopped=stopped)


def _base_rules(project: Project, options: VerifyOptions) -> BaseRules | None:
    """Return the rules of the base, read before anything of the change can touch the repository."""
    if not options.against:
        return None
    from repro_action.flows.base_rules import BaseRules

    return BaseRules.of(project, options.against, options.labels)


def _change(project: Project, options: VerifyOptions) -> BaselineChange | None:
    if not options.against:
        return None
    from repro_action.flows.baseline_change import BaselineChange

    return BaselineChange.of(project, options.against, options.labels)


@dataclass(slots=True)
class VerifyRun:
    """One verification, while no other run may use the project.

    Attributes:
        project: whose run it is.
        backend: of its environment.
        options: what the user asked.
        progress: receives how far it is.
        supervisors: of the steps.
        source: of what the run is compared with, as it was before the first step.
        sandbox: of the steps, once it is known.
        looking_ahead: what works beside the steps on the report.
        numeric: how the steps' interpreter computes, read beside the first of them.
    """

    project: Project
    backend: EnvironmentBackend
    options: VerifyOptions
    progress: Progress
    supervisors: Supervisors
    source: BaselineSource | None = None
    sandbox: Sandbox | None = None
    looking_ahead: Thread | None = None
    numeric: NumericReading | None = None

    def compare_to_baseline(self) -> Report:
        """Answer the first question: is the claim of the committed baseline true?

        Raises:
            ConfigError: nothing would be compared, or git tracks what `--reuse` would take for results.
        """
        config = self.project.config
        if self.options.reuse and self.project.history.is_tracked(".repro"):
            raise ConfigError(
                "git tracks files in .repro/, so --reuse would take them for results of this machine",
                remedy="git rm -r --cached .repro",
            )
        source = self.source = self.project.baseline_source()
        # From here on an unfinished run must not be mistaken for the last one.
        self.project.store.drop_candidate()
        environment = self.backend.prepare(config, self.progress)
        earlier = self._verified_before(environment)
        if earlier is not None:
            return earlier
        supply_data(config, self.progress)
        plan = make_plan(config)
        if not plan.outputs:
            raise ConfigError(
                "no step declares an output, so there would be nothing to compare",
                why="A run in which nothing is compared must not look like a success.",
                remedy="Let the step save its model and metrics, and name the files in `outputs`; "
                'outputs = ["stdout"] compares what it prints.',
                where=config.path.name,
            )
        with while_it_runs(self._beside_the_canary):
            self.sandbox = self.backend.enclosure(config, environment)
        self.numeric = prefetch.numeric_reading(config, environment, self.sandbox)
        stash = self._stash(plan)
        try:
            done = self._run(plan, environment, stash=stash, reuse=self.options.reuse)
            from repro_action.runs.baseline_source import FinishedRun

            finished = FinishedRun.of(config, plan, done, stash.place)
            return self._with_searches(self._assessed(source, finished, environment, done), environment)
        finally:
            self.numeric.finish()
            # People's files go back last: a repetition must not take them for outputs.
            stash.settle()
            self.project.store.bound_earlier()

    def _with_searches(self, report: Report, environment: Environment) -> Report:
        if not self.project.config.searches:
            return report
        from repro_action.flows.searches import search_claims, with_claims
        from repro_action.report.search_claims import refuted

        claims = search_claims(self.project, self.backend, environment, self.progress)
        if refuted(claims):
            self.project.store.mark_refuted()
        return with_claims(report, claims)

    def _verified_before(self, environment: Environment) -> Report | None:
        """Return the report of a trusted run that verified just this, if there is one."""
        baseline = self._committed() if self.options.earlier else None
        if baseline is None:
            return None
        from repro_action.flows.verified_before import VerifiedBefore

        before = VerifiedBefore(project=self.project, environment=environment, labels=self.options.labels)
        return before.report(baseline, self.options.earlier)

    def _assessed(
        self, source: BaselineSource, finished: FinishedRun, environment: Environment, done: Run
    ) -> Report:
        from repro_action.flows.assessment import Assessment  # loaded by now: see prefetch

        if self.looking_ahead is not None:
            self.looking_ahead.join()
        assessment = Assessment(
            project=self.project,
            progress=self.progress,
            repeat_once=self._repeat_once,
            repeat=self.options.repeat,
            against=self.options.against,
            labels=self.options.labels,
        )
        return assessment.report(source, finished, environment, done)

    def _committed(self) -> Baseline | None:
        """Return what was accepted for all classes; it is read once, beside the first step."""
        return self.source.committed if self.source is not None else None

    def _stash(self, plan: RunPlan, *, first: bool = False) -> Stash:
        from repro_action.runs.stash import Stash  # loaded by now, as what a run needs

        store = self.project.store
        return Stash(
            root=self.project.config.root,
            state=store.folder,
            folder=store.new_run(),
            outputs=tuple(plan.outputs),
            first=first,
        )

    def _run(
        self, plan: RunPlan, environment: Environment, *, stash: Stash, reuse: bool, moved: bool = False
    ) -> Run:
        from repro_action.runs.run import run
        from repro_action.runs.step import RunRequest
        from repro_action.steps.execute import LocalExecutor

        store = self.project.store
        cache = None
        if reuse:
            from repro_action.steps.reuse import StepCache

            cache = StepCache(folder=store.folder / "cache" / "steps")
        request = RunRequest(
            plan=plan,
            environment=environment,
            executor=LocalExecutor(supervisors=self.supervisors, on_start=partial(self._beside_a_step, plan)),
            progress=self.progress,
            folder=stash.folder,
            stash=None if moved else stash,
            reuse=cache,
            previous=self.project.history.versions,
            sandbox=self.sandbox,
            numeric=self.numeric,
        )
        with self.project.stat_cache() as digests:
            return run(self.project.config, request, digests)

    def _beside_the_canary(self) -> None:
        prefetch.load_run()
        self.supervisors.start_ahead()

    def _beside_a_step(self, plan: RunPlan) -> None:
        """Do what waits for the end of the steps otherwise, while the first one trains."""
        config = self.project.config
        self._committed()
        if self.numeric is not None:
            self.numeric.start()
        prefetch.load(config)
        if self.looking_ahead is None:
            self.looking_ahead = prefetch.look_ahead(
                self.project.history, config.baseline_path.name, partial(self._read_code, plan)
            )

    def _read_code(self, plan: RunPlan) -> None:
        from repro_action.report.build.repro_alone import by_repro_alone
        from repro_action.report.build.sources import sources_of

        config, sandbox = self.project.config, self.sandbox
        by_repro_alone(
            lambda: sources_of(config.root, plan, {}, ""),
            profile=config.determinism.profile,
            numbered=sandbox is not None and sandbox.enforced.numbered,
        )

    def _repeat_once(
        self, plan: RunPlan, environment: Environment, candidate: Fingerprint, *, tolerant: bool
    ) -> Difference:
        from repro_action.compare.judge import compare
        from repro_action.runs.products import beside_values, read_outputs

        config = self.project.config
        with self._stash(plan, first=True) as stash:
            read = read_outputs(config, plan, root=stash.place)
            second = self._run(plan, environment, stash=stash, reuse=False, moved=True).fingerprint
            # Listed as deep as the second run is, beside whose values there may be less room.
            first = replace(candidate, products=beside_values(read, second.materials))
            if tolerant:
                return compare(first, second, metrics=config.metrics, artifacts=config.artifacts)
            return compare(first, second)
