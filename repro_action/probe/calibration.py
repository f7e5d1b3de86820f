# SPDX-License-Identifier: Apache-2.0
"""Trains with other seeds, side by side; what no seed reaches is trained twice, and then used again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

from repro_action.config.model import Config, Step
from repro_action.findings.source import unseeded_by_the_program
from repro_action.interpreter.environment import Environment
from repro_action.noise.record import Values
from repro_action.notice import Notice
from repro_action.paths.patterns import within
from repro_action.probe.pool import Executor, work
from repro_action.probe.seeds import SeedPlaces, seeded_files, seeded_step
from repro_action.probe.trial import Trial, TrialOutcome
from repro_action.progress import Progress
from repro_action.report.build.sources import sources_of
from repro_action.runs.plan import RunPlan
from repro_action.runs.workspace import remove
from repro_action.sandbox.protocol import Sandbox
from repro_action.steps.tree_snapshot import take_snapshot

WHOLE = 2
"""Trainings in which every step runs: they show which of them a seed reaches."""


@dataclass(slots=True, kw_only=True)
class SeedTrials:
    """Trainings of one project that differ in their seed alone.

    Attributes:
        config, plan, environment, sandbox: of the project.
        places: where its seed is written.
        executor: runs trials.
        jobs: how many at the same time.
        base: folder for copies of the project.
        progress: shows how far it is.
        check: refuses the outcome of a training whose materials are others; raises.
        failures: seed → why its training failed.
        seedless: whether no step depends on the seed; then the search ends after two trainings.
        reused: those steps; their outputs are below `base`.
    """

    config: Config
    plan: RunPlan
    environment: Environment
    sandbox: Sandbox | None
    places: SeedPlaces
    executor: Executor
    jobs: int
    base: Path
    progress: Progress
    check: Callable[[TrialOutcome], None]
    failures: dict[int, Notice] = field(default_factory=dict)
    seedless: bool = False
    reused: tuple[Step, ...] = ()
    _shared: Path | None = None

    @property
    def needed(self) -> tuple[Step, ...]:
        """The steps that metrics depend on, in running order."""
        return needed_steps(self.config, self.plan)

    def run(self, seeds: Sequence[int], done: int, keep: Callable[[int, Values], None]) -> None:
        """Train with seeds; each result is handed over as soon as it is there.

        Args:
            seeds: those that are missing.
            done: how many are there already.
            keep: receives a seed and its metrics.

        Raises:
            Interrupted: the user stopped it.
        """
        total = done + len(seeds)
        first, rest = seeds[:WHOLE], seeds[WHOLE:]
        outcomes = self._side_by_side(first, done, total, keep, whole=True)
        self._settle(list(outcomes.values()))
        for outcome in outcomes.values():
            if self._shared is None or not outcome.root.is_relative_to(self._shared):
                remove(outcome.root.parent)
        if not self.seedless:
            self._side_by_side(rest, done + len(outcomes), total, keep, whole=False)

    def _side_by_side(
        self, seeds: Iterable[int], done: int, total: int, keep: Callable[[int, Values], None], *, whole: bool
    ) -> dict[int, TrialOutcome]:
        """Run trials; those that ended well, with their outputs where `whole`."""
        waiting = list(seeds)
        running: dict[Future[TrialOutcome], int] = {}
        found: dict[int, TrialOutcome] = {}
        while waiting or running:
            while waiting and len(running) < self.jobs:
                seed = waiting.pop(0)
                running[self.executor.submit(work, self._trial(seed, whole=whole))] = seed
            self._show(done + len(found), total, running.values())
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(ended, key=running.__getitem__):
                seed, outcome = running.pop(future), future.result()
                if outcome.fingerprint is None:
                    self.failures[seed] = (
                        outcome.failure.notice if outcome.failure else Notice(what="it failed")
                    )
                    remove(outcome.root.parent)
                    continue
                self.check(outcome)
                keep(seed, outcome.fingerprint.metrics)
                found[seed] = outcome
                if not whole:
                    remove(outcome.root.parent)
        self._show(done + len(found), total, ())
        return found

    def _show(self, done: int, total: int, running: Iterable[int]) -> None:
        seeds = ", ".join(map(str, sorted(running)))
        with_seeds = f"; now with {seeds}" if seeds else ""
        self.progress.stage(f"training with {total} other seeds: {done} done{with_seeds}")
        self.progress.advance(done, total, "seeds")

    def _trial(self, seed: int, *, whole: bool) -> Trial:
        steps = [step for step in self.needed if whole or step not in self.reused]
        outputs = tuple(output for step in self.plan.steps for output in step.outputs)
        placed = {} if whole or self._shared is None else self._kept(self._shared)
        return Trial(
            config=replace(self.config, seed=seed, steps=tuple(seeded_step(step, seed) for step in steps)),
            environment=self.environment,
            place=self.base / f"{seed}",
            kept=self.base / f"kept-{seed}",
            sandbox=self.sandbox,
            added=seeded_files(self.places, seed),
            left_out=outputs,
            placed=placed,
        )

    def _kept(self, root: Path) -> Mapping[str, Path]:
        return {output: root / output for step in self.reused for output in step.outputs}

    def _settle(self, outcomes: Sequence[TrialOutcome]) -> None:
        """Find the steps that no seed reaches: two trainings with unlike seeds left the same bytes."""
        if len(outcomes) < WHOLE:
            return
        one, other = outcomes
        self.seedless = all(self._untouched(step, one, other) for step in self.needed)
        reused: list[Step] = []
        for step in self.needed:
            from_seeded = any(
                not any(within(path, output) for known in reused for output in known.outputs)
                for path in self.plan.inputs[step.name].intermediate
            )
            # Metrics are measured each time: two of their few numbers can be the same by chance.
            coarse = any(within(file, output) for file in self.config.metrics for output in step.outputs)
            if not coarse and not from_seeded and self._untouched(step, one, other):
                reused.append(step)
        self.reused = tuple(reused)
        self._shared = one.root if reused else None

    def _untouched(self, step: Step, one: TrialOutcome, other: TrialOutcome) -> bool:
        """Whether a step is given no seed, draws nothing that repro seeds, and left the same bytes twice."""
        if self.places.given(step) or not step.outputs:
            return False
        pairs = [(take_snapshot(one.root / path), take_snapshot(other.root / path)) for path in step.outputs]
        if any(left is None or left != right for left, right in pairs):
            return False
        sources = sources_of(self.config.root, self.plan, one.undeclared, step.name)
        return not unseeded_by_the_program(sources)


def needed_steps(config: Config, plan: RunPlan) -> tuple[Step, ...]:
    """Return the steps that write metrics and those that they read from, in running order."""
    wanted = {plan.writer(file) for file in config.metrics}
    for step in reversed(plan.steps):
        if step.name in wanted:
            wanted |= {plan.writer(path) for path in plan.inputs[step.name].intermediate}
    return tuple(step for step in plan.steps if step.name in wanted)
