# SPDX-License-Identifier: Apache-2.0
"""`repro explain`: which part of a change moved the metrics, by runs in which parts are taken back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from repro_action import __version__
from repro_action.attribution.game import EXACT, Coalition, coalitions, one_at_a_time
from repro_action.attribution.model import Attribution, FailedMix, Method, MetricAttribution
from repro_action.attribution.players import Player, by_class, by_material
from repro_action.attribution.shares import attribute
from repro_action.compare.changed_materials import compare_materials
from repro_action.config.model import Config
from repro_action.environments import backend_for
from repro_action.errors import ConfigError, Interrupted, ReproError
from repro_action.fingerprint import MaterialKind
from repro_action.flows.explain_ends import Ends, open_ends
from repro_action.flows.probe import enclosure_of_trials
from repro_action.interpreter.environment import Environment
from repro_action.notice import Notice
from repro_action.probe.mixed_results import ResultStore
from repro_action.probe.mixed_runs import BudgetSpent, MixedRuns
from repro_action.probe.pool import local, usable_cores
from repro_action.progress import Progress
from repro_action.runs.mixture import ChangeEnd, Mixer
from repro_action.runs.project import Project
from repro_action.runs.workspace import remove
from repro_action.sandbox.protocol import Sandbox
from repro_action.steps.lock import lock_project
from repro_action.steps.signals import interruptible

FOLDER = "explain"
"""Below `.repro`: results that are kept, and copies of the project while it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainOptions:
    """What the user may ask of an explanation.

    Attributes:
        against: git revision; the change starts where the present commit parted from it.
        run: whether mixes are run; else only what differs is said.
        fine: parts are single files and parameters, rather than classes.
        jobs: runs at the same time; 0 for as many as there are usable cores.
        budget: seconds after which no more is run; None for no limit.
        fresh: whether results of earlier commands are not believed.
    """

    against: str
    run: bool = True
    fine: bool = False
    jobs: int = 0
    budget: float | None = None
    fresh: bool = False


def explain(
    project: Project,
    options: ExplainOptions,
    progress: Progress,
    *,
    adapted: Callable[[Config], Config] | None = None,
) -> Attribution:
    """Return which part of the change moved the metrics; failures that teach become its `error`.

    Args:
        project: stays as it is; the runs happen in copies.
        options: what is asked for.
        progress: shows how far it is.
        adapted: what was done to the configuration of head, for that of the base commit.

    Raises:
        Interrupted: the user stopped it; results so far are kept.
    """
    started = time.monotonic()
    project.store.prepare()
    base = Attribution(tool=__version__, name=project.config.name, label=options.against)
    try:
        with interruptible(), lock_project(project.config.state):
            project.recover()
            found = ExplainRun(project, options, progress, started, adapted or _as_it_is).answer(base)
    except Interrupted:
        raise
    except ReproError as error:
        found = replace(base, error=error.notice)
    return replace(found, seconds=time.monotonic() - started)


@dataclass(slots=True)
class ExplainRun:
    """One explanation, while no other run may use the project.

    Attributes:
        project: whose change it is.
        options: of the command line.
        progress: receives how far it is.
        started: of `time.monotonic`.
        adapted: what was done to the configuration of head.
        players: the parts that differ, once they are known.
    """

    project: Project
    options: ExplainOptions
    progress: Progress
    started: float
    adapted: Callable[[Config], Config]
    players: tuple[Player, ...] = ()

    def answer(self, base: Attribution) -> Attribution:
        """Find what differs, run the mixes, and share the change.

        Raises:
            ReproError: nothing can be run.
        """
        self._require_own_results()
        with open_ends(self.project, self.options.against, self.progress, self.adapted) as ends:
            found = replace(base, base=ends.commit, notes=ends.notes)
            players = self._players(ends.base, ends.head)
            if not players or not self.options.run:
                return replace(found, players=players, planned=len(_wanted(players)))
            self.players = players
            runs, unfinished = self._run(ends)
            return self._explained(found, runs, unfinished=unfinished)

    def _require_own_results(self) -> None:
        if not self.project.config.metrics:
            raise ConfigError(
                "no metrics are declared, so there is nothing to explain",
                remedy='Name the file that a step writes them to: [metrics."out/metrics.json"].',
                where=self.project.config.path.name,
            )
        if not self.options.fresh and self.project.history.is_tracked(".repro"):
            raise ConfigError(
                "git tracks files in .repro/, so they would be taken for results of this machine",
                remedy="git rm -r --cached .repro, or give --fresh.",
            )

    def _players(self, base: ChangeEnd, head: ChangeEnd) -> tuple[Player, ...]:
        differences = compare_materials(base.materials, head.materials)
        named = by_material if self.options.fine else by_class
        return named(differences, environment=environment_differences(base, head))

    def _run(self, ends: Ends) -> tuple[MixedRuns, bool]:
        """Run the mixes; return what came of them, and whether the time was used up before all were run."""
        options, config = self.options, self.project.config
        jobs = options.jobs or usable_cores()
        state = config.state / FOLDER
        work = state / "work"
        remove(work)
        work.mkdir(parents=True)
        if options.fresh:
            remove(state / "results")
        store = ResultStore(folder=state / "results")
        made: list[MixedRuns] = []
        try:
            with local(jobs) as executor:
                runs = MixedRuns(
                    root=config.root,
                    executor=executor,
                    jobs=jobs,
                    sandbox_of=self._sandboxes(),
                    base=work,
                    store=store,
                    progress=self.progress,
                    deadline=None if options.budget is None else self.started + options.budget,
                )
                made.append(runs)
                self._ask(runs, ends)
        except BudgetSpent:
            return made[0], True  # leaving the executor has ended what was running
        finally:
            remove(work)
            store.prune()
        return runs, False

    def _ask(self, runs: MixedRuns, ends: Ends) -> None:
        """Run both ends, then what lies between them, as far as that can say anything.

        Raises:
            BudgetSpent: the time was used up.
        """
        nobody, everybody = frozenset[str](), _names(self.players)
        runs.expected = len(_wanted(self.players))
        runs.ask(Mixer(base=ends.base, head=ends.head, players=self.players), [nobody, everybody])
        if everybody not in runs.results:
            return
        base, head = (
            _with_undeclared(side, runs.results[end].undeclared if end in runs.results else {})
            for side, end in ((ends.base, nobody), (ends.head, everybody))
        )
        if nobody in runs.results:
            # Only the runs show which files are imported that no step declares.
            self.players = self._players(base, head)
            runs.results[_names(self.players)] = runs.results.pop(everybody)
        everybody = _names(self.players)
        wanted = _wanted(self.players)
        if nobody not in runs.results:
            # NOTE: without the base commit no mix but those with one part taken back says anything.
            wanted = one_at_a_time([player.name for player in self.players])
        runs.expected = len(wanted)
        runs.ask(Mixer(base=base, head=head, players=self.players), wanted)

    def _sandboxes(self) -> Callable[[Environment], Sandbox]:
        config = self.project.config
        known: dict[str, Sandbox] = {}

        def sandbox_of(environment: Environment) -> Sandbox:
            key = f"{environment.digest} {environment.python}"
            if key not in known:
                known[key] = enclosure_of_trials(config, backend_for(config), environment)
            return known[key]

        return sandbox_of

    def _explained(self, found: Attribution, runs: MixedRuns, *, unfinished: bool) -> Attribution:
        names = [player.name for player in self.players]
        nobody, everybody = frozenset[str](), frozenset(names)
        results = {some: result.metrics for some, result in runs.results.items()}
        metrics = attribute(names, results)
        return replace(
            found,
            players=self.players,
            metrics=tuple(metric for metric in metrics if metric.moved),
            unchanged=sum(1 for metric in metrics if not metric.moved),
            runs=runs.started,
            reused=runs.reused,
            planned=len(_wanted(self.players)),
            failed=tuple(
                FailedMix(
                    players=tuple(name for name in names if name in some),
                    step=failure.step,
                    notice=failure.notice,
                )
                for some, failure in sorted(runs.failures.items(), key=lambda item: sorted(item[0]))
            ),
            unfinished=unfinished,
            error=_no_answer(runs, nobody, everybody, unfinished=unfinished, metrics=metrics),
        )


def _as_it_is(config: Config) -> Config:
    return config


def environment_differences(base: ChangeEnd, head: ChangeEnd) -> tuple[str, ...]:
    """Return what differs in where the steps of both ends run, such as `numpy 1.26.4 → 2.0.1`."""
    if base.environment_name == head.environment_name:
        return ()
    found: list[str] = []
    for part in ("environment", "determinism"):
        before, after = getattr(base.config, part), getattr(head.config, part)
        found.extend(
            f"{part}.{each.name}"
            for each in fields(before)
            if getattr(before, each.name) != getattr(after, each.name)
        )
    if isinstance(base.environment, Environment) and isinstance(head.environment, Environment):
        ends = base.environment, head.environment
        old, new = ({one.name: one for one in end.distributions} for end in ends)
        found.extend(name for name in sorted({*old, *new}) if old.get(name) != new.get(name))
        if base.environment.python_version != head.environment.python_version:
            found.append("python")
    return tuple(found) or ("environment",)


def _names(players: Sequence[Player]) -> Coalition:
    return frozenset(player.name for player in players)


def _wanted(players: Sequence[Player]) -> tuple[Coalition, ...]:
    """Return the mixes that the answer needs, the two ends first."""
    names = [player.name for player in players]
    return coalitions(names) if len(names) <= EXACT else one_at_a_time(names)


def _with_undeclared(side: ChangeEnd, undeclared: Mapping[str, str]) -> ChangeEnd:
    if not undeclared:
        return side
    code = {**side.materials[MaterialKind.CODE], **undeclared}
    return replace(side, materials={**side.materials, MaterialKind.CODE: code})


def _no_answer(
    runs: MixedRuns,
    nobody: Coalition,
    everybody: Coalition,
    *,
    unfinished: bool,
    metrics: Sequence[MetricAttribution],
) -> Notice | None:
    """Return why nothing can be said; None where something can."""
    if any(metric.method is not Method.NONE for metric in metrics):
        return None
    for end, label in ((everybody, "head"), (nobody, "the base commit")):
        failure = runs.failures.get(end)
        if failure is not None:
            step = f"step {failure.step} failed: " if failure.step else ""
            return replace(failure.notice, what=f"{label} cannot be run: {step}{failure.notice.what}")
    if unfinished:
        return Notice(
            what="the time was used up before anything was known",
            why="At least the base commit and head have to be run.",
            remedy="Give a larger --budget; what was run is kept.",
        )
    return Notice(
        what="the base commit and head have no metric in common that is a finite number",
        why="; ".join(sorted({f"{metric.name}: {metric.missing}" for metric in metrics})[:5]),
        remedy="Compare commits that write the same metrics.",
    )
