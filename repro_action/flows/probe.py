# SPDX-License-Identifier: Apache-2.0
"""`repro probe`: run again under disturbances, and find those that the results depend on."""

from __future__ import annotations

import difflib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from repro_action import __version__
from repro_action.config.model import Config
from repro_action.environments.backend import EnvironmentBackend
from repro_action.errors import ConfigError, Interrupted, ReproError
from repro_action.finding import Finding
from repro_action.interpreter.environment import Environment
from repro_action.notice import Notice
from repro_action.probe.findings import ProbeFindingBuilder
from repro_action.probe.pool import Executor, local, usable_cores
from repro_action.probe.rows import headline, rows, warnings
from repro_action.probe.search import AGAIN, Culprit, CulpritSearch
from repro_action.probe.trial import TrialOutcome, lays_out
from repro_action.probe.trials import OutOfRuns, TrialKey, Trials
from repro_action.probe.variations.catalogue import VARIATIONS
from repro_action.probe.variations.names import NAMES
from repro_action.probe.variations.places import host_refused
from repro_action.progress import Progress
from repro_action.report.probe_model import ProbeFinding, ProbeReport
from repro_action.runs.materials import knobs_of
from repro_action.runs.plan import RunPlan, make_plan
from repro_action.runs.project import Project
from repro_action.runs.workspace import make_base, remove
from repro_action.sandbox.enclosure import Enclosure
from repro_action.sandbox.protocol import Sandbox
from repro_action.sandbox.select import entered, select
from repro_action.steps.lock import lock_project
from repro_action.steps.signals import interruptible
from repro_action.verdict import Verdict

RUNS = 40
ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOptions:
    """What the user may ask of a probe.

    Attributes:
        names: variations to try; empty for all.
        leave_out: variations not to try.
        jobs: runs at the same time; 0 for as many as there are usable cores.
        trace: record what calls return, to show where two runs diverge.
        unpin: also remove the profile's pins, to see what depends on them.
        runs: at most so many runs of the pipeline.
        rounds: how often everything is disturbed at once, each time otherwise: what depends
            on chance, such as the order of a set of two texts, shows only in some of them.
        keep: leave the folders of the runs behind, in `.repro/probe`.
    """

    names: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    jobs: int = 0
    trace: bool = False
    unpin: bool = True
    runs: int = RUNS
    rounds: int = ROUNDS
    keep: bool = False


def probe(
    project: Project,
    backend: EnvironmentBackend,
    options: ProbeOptions,
    progress: Progress,
    *,
    executor: Executor | None = None,
) -> ProbeReport:
    """Run the pipeline under variations and return what was found; failures that teach become its `error`.

    Args:
        project: stays as it is; the runs happen in copies.
        backend: prepares the environment, once.
        options: what is asked for.
        progress: shows how far it is.
        executor: runs the trials; processes of this machine if None.

    Raises:
        Interrupted: the user stopped it; nothing of the project was touched.
    """
    started = time.monotonic()
    config = project.config
    project.store.prepare()
    with interruptible(), lock_project(config.state):
        base = make_base(config.state)
        try:
            report = ProbeRun(project, options, progress).run(backend, executor)
        except Interrupted:
            raise
        except ReproError as error:
            report = ProbeReport(
                tool=__version__,
                name=config.name,
                headline=Verdict.FAILED.meaning,
                profile=config.determinism.profile,
                error=error.notice,
            )
        finally:
            if not options.keep:
                remove(base)
    return replace(report, seconds=time.monotonic() - started)


def enclosure_of_trials(config: Config, backend: EnvironmentBackend, environment: Environment) -> Sandbox:
    """Return what encloses the steps of a trial: what `verify` encloses them in, where that can be disturbed.

    A derivation of Nix cannot: its trials run in the sandbox of the dev shell.

    Raises:
        EnvironmentUnavailable: the configuration requires what this machine cannot enforce.
    """
    if backend.disturbable:
        return backend.enclosure(config, environment)
    return select(config, environment)


def refused(sandbox: Sandbox, environment: Environment) -> dict[str, str]:
    """Return variation → why it cannot be made within a sandbox; empty where it can."""
    with entered(sandbox, environment) as within:
        return {variation.name: variation.unavailable(environment, within) for variation in VARIATIONS}


class UndisturbedRunFailed(ReproError):
    """The undisturbed run came to no end."""


@dataclass(slots=True)
class ProbeRun:
    """One probe, while no other run may use the project.

    Attributes:
        project: the configuration and what is kept of its runs.
        options: of the command line.
        progress: receives what is done.
        sandbox: of the trials; None to choose one.
    """

    project: Project
    options: ProbeOptions
    progress: Progress
    sandbox: Sandbox | None = None

    def run(self, backend: EnvironmentBackend, executor: Executor | None) -> ProbeReport:
        """Prepare the environment once, and search in processes of this machine if no executor is given.

        Raises:
            ConfigError: no step declares an output.
        """
        config, options = self.project.config, self.options
        selected = _selected(options)
        environment = backend.prepare(config, self.progress)
        plan = make_plan(config)
        if not plan.outputs:
            raise ConfigError(
                "no step declares an output, so there would be nothing to compare",
                remedy="Let the step save its model and metrics, and name the files in `outputs`.",
                where=config.path.name,
            )
        self.sandbox = enclosure_of_trials(config, backend, environment)
        unavailable = refused(self.sandbox, environment)
        jobs = options.jobs or usable_cores()
        if executor is not None:
            return self._probe(plan, environment, executor, jobs, selected, unavailable)
        with local(jobs) as processes:
            return self._probe(plan, environment, processes, jobs, selected, unavailable)

    def _probe(
        self,
        plan: RunPlan,
        environment: Environment,
        executor: Executor,
        jobs: int,
        selected: tuple[str, ...],
        unavailable: Mapping[str, str],
    ) -> ProbeReport:
        config = self.project.config
        trials = Trials(
            config=config,
            environment=environment,
            variations={one.name: one for one in VARIATIONS if not unavailable[one.name]},
            executor=executor,
            jobs=jobs,
            sandbox=self.sandbox,
            anywhere=lays_out(self.sandbox),
            base=config.state / "probe",
            bound=max(self.options.runs, self.options.rounds + 1),
            progress=self.progress,
            keep=self.options.keep,
        )
        search = CulpritSearch(
            trials=trials,
            names=tuple(name for name in selected if name in trials.variations),
            rounds=self.options.rounds,
        )
        profile_variables = frozenset(knobs_of(config, environment))
        builder = ProbeFindingBuilder(trials=trials, plan=plan, profile_variables=profile_variables)
        search.disturb()
        reference = trials.outcomes[TrialKey()]
        if reference.failure is not None:
            raise _failed(reference.failure.notice)
        if self.options.unpin:
            search.unpin([name for name in search.names if builder.pins_of(trials.variations[name])])
        self.progress.stage("naming causes")
        trials.drop(search.evidence())
        findings = tuple(
            builder.finding(culprit, self._traced(trials, culprit)) for culprit in search.culprits
        )
        agree = all(found.pinned_by for found in findings)
        return self._report(
            search, selected, unavailable, findings, builder.races(reference) if agree else ()
        )

    def _traced(self, trials: Trials, culprit: Culprit) -> tuple[TrialOutcome, ...]:
        """Run both sides of a finding with calls recorded, and the undisturbed one once more."""
        if not self.options.trace:
            return ()
        before, after = (replace(key, traced=True) for key in (culprit.before, culprit.after))
        # Of a run that disagrees with itself the second one would hide what is looked for.
        others = [] if culprit.names == {AGAIN} else [replace(before, attempt=2)]
        try:
            return tuple(trials.ask(before, after, *others))
        except OutOfRuns:
            return ()

    def _report(
        self,
        search: CulpritSearch,
        selected: tuple[str, ...],
        unavailable: Mapping[str, str],
        findings: tuple[ProbeFinding, ...],
        suspects: tuple[Finding, ...],
    ) -> ProbeReport:
        config = self.project.config
        reference = search.trials.outcomes[TrialKey()].fingerprint
        notes = _partly(self.sandbox)
        listed = rows(search, selected, unavailable, findings, notes, unpinned=self.options.unpin)
        return ProbeReport(
            tool=__version__,
            name=config.name,
            headline=headline(search, listed, findings, suspects),
            profile=config.determinism.profile,
            variations=listed,
            findings=tuple(sorted(findings, key=_weight)),
            runs=search.trials.started,
            platform=reference.platform if reference is not None else "",
            suspects=suspects,
            enclosure=self.sandbox.enforced.text if self.sandbox is not None else "",
            warnings=warnings(search),
        )


def _weight(finding: ProbeFinding) -> tuple[bool, bool, bool]:
    """Order findings: what nothing pins first, numeric ones last."""
    return bool(finding.pinned_by), finding.numeric, AGAIN in finding.variations


def _failed(notice: Notice) -> UndisturbedRunFailed:
    return UndisturbedRunFailed(
        notice.what, why=notice.why, remedy=notice.remedy, where=notice.where, log=notice.log
    )


def _partly(sandbox: Sandbox | None) -> dict[str, str]:
    """Return variation → which part of it cannot be made here."""
    reason = "" if isinstance(sandbox, Enclosure) else host_refused()
    return {"user-host": f"the name of the host cannot be changed here: {reason}"} if reason else {}


def _selected(options: ProbeOptions) -> tuple[str, ...]:
    for name in (*options.names, *options.leave_out):
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1)
            suggestion = f"Did you mean `{near[0]}`? " if near else ""
            raise ConfigError(
                f"there is no variation {name!r}", remedy=f"{suggestion}There are: {', '.join(NAMES)}."
            )
    wanted = options.names or NAMES
    found = tuple(name for name in NAMES if name in wanted and name not in options.leave_out)
    if not found:
        raise ConfigError("no variation is left to try", remedy="Leave out fewer of them.")
    return found
