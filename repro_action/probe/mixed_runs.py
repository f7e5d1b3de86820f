# SPDX-License-Identifier: Apache-2.0
"""Runs mixtures of base and head side by side, within a budget of time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

from repro_action.attribution.game import Coalition
from repro_action.errors import ReproError
from repro_action.interpreter.environment import Environment
from repro_action.notice import Notice
from repro_action.probe.mixed_results import MixedResult, ResultStore
from repro_action.probe.pool import Executor, work
from repro_action.probe.trial import Trial, TrialFailure, TrialOutcome, lays_out
from repro_action.progress import Progress
from repro_action.runs.mixture import Mixer, Mixture
from repro_action.runs.workspace import remove
from repro_action.sandbox.enclosure import Enclosure
from repro_action.sandbox.protocol import Sandbox
from repro_action.steps.reuse import StepCache


class BudgetSpent(Exception):
    """The time is used up; what is known is in the runs."""


@dataclass(slots=True, kw_only=True)
class MixedRuns:
    """Everything that was run to explain one change.

    Attributes:
        root: the project; what steps see, where a sandbox lays out their files.
        executor: runs trials.
        jobs: how many at the same time.
        sandbox_of: environment → what encloses its steps.
        base: folder for copies of the project.
        store: results of earlier commands and of this one.
        progress: shows how far it is.
        deadline: of `time.monotonic`; None for no limit.
        expected: how many mixtures will be asked for altogether, as far as is known.
        results, failures: coalition → what came of it.
        started: how many were run now.
        reused: how many results were kept from earlier.
    """

    root: Path
    executor: Executor
    jobs: int
    sandbox_of: Callable[[Environment], Sandbox]
    base: Path
    store: ResultStore
    progress: Progress
    deadline: float | None = None
    expected: int = 0
    results: dict[Coalition, MixedResult] = field(default_factory=dict)
    failures: dict[Coalition, TrialFailure] = field(default_factory=dict)
    started: int = 0
    reused: int = 0
    _begun: float = field(default_factory=time.monotonic)

    def ask(self, mixer: Mixer, coalitions: Sequence[Coalition]) -> None:
        """Run the mixtures that have no result yet.

        Raises:
            BudgetSpent: the time was used up before all of them had one.
        """
        new = [each for each in coalitions if each not in self.results and each not in self.failures]
        waiting = [(each, mixture) for each in new if (mixture := self._mixed(mixer, each)) is not None]
        free = set(range(self.jobs))
        running: dict[Future[TrialOutcome], tuple[Coalition, Mixture, int]] = {}
        while waiting or running:
            while waiting and free and not self._late():
                coalition, mixture = waiting.pop(0)
                sandbox = self._sandbox(coalition, mixture)
                if sandbox is None:
                    continue
                place = min(free)
                if not lays_out(sandbox) and running:
                    waiting.insert(0, (coalition, mixture))
                    break  # the folder could be seen in the results, so all are run in the same one
                free.discard(place)
                running[self._start(mixture, sandbox, place)] = coalition, mixture, place
            self._show()
            if not running:
                if waiting:
                    raise BudgetSpent
                return
            done, _ = wait(running, timeout=self._left(), return_when=FIRST_COMPLETED)
            if not done:
                raise BudgetSpent
            for future in done:
                coalition, mixture, place = running.pop(future)
                free.add(place)
                self._record(coalition, mixture, future.result())

    def _mixed(self, mixer: Mixer, coalition: Coalition) -> Mixture | None:
        """Return what is to be run; None where its result is known, or it cannot be put together."""
        try:
            mixture = mixer.mix(coalition)
        except ReproError as error:
            self.failures[coalition] = TrialFailure(notice=error.notice)
            return None
        known = self.store.find(mixture)
        if known is None:
            return mixture
        self.results[coalition] = known
        self.reused += 1
        return None

    def _sandbox(self, coalition: Coalition, mixture: Mixture) -> Sandbox | None:
        """Return what encloses the steps of a mixture; None where its environment cannot be had."""
        if isinstance(mixture.environment, Notice):
            self.failures[coalition] = TrialFailure(notice=mixture.environment)
            return None
        try:
            sandbox = self.sandbox_of(mixture.environment)
        except ReproError as error:
            self.failures[coalition] = TrialFailure(notice=error.notice)
            return None
        if isinstance(sandbox, Enclosure):
            return replace(sandbox, config=replace(mixture.config, root=self.root))
        return sandbox

    def _start(self, mixture: Mixture, sandbox: Sandbox, place: int) -> Future[TrialOutcome]:
        assert isinstance(mixture.environment, Environment)  # noqa: S101 -- `_sandbox` has looked
        self.started += 1
        trial = Trial(
            config=mixture.config,
            environment=mixture.environment,
            place=self.base / f"{place}",
            kept=self.base / f"kept-{self.started}",
            sandbox=sandbox,
            added=mixture.added,
            left_out=mixture.left_out,
            placed=mixture.placed,
            seen_as=self.root,
            reuse=StepCache(
                folder=self.base / "cache" / "steps",
                shared=True,
                # A step that is not enclosed may read code that nobody declares.
                salt="" if lays_out(sandbox) else mixture.code,
            ),
        )
        return self.executor.submit(work, trial)

    def _record(self, coalition: Coalition, mixture: Mixture, outcome: TrialOutcome) -> None:
        if outcome.fingerprint is None:
            self.failures[coalition] = outcome.failure or TrialFailure(notice=Notice(what="it has no result"))
        else:
            result = MixedResult.of(outcome.fingerprint, outcome)
            self.results[coalition] = result
            self.store.keep(mixture, result)
        remove(outcome.root.parent)

    def _left(self) -> float | None:
        return None if self.deadline is None else max(self.deadline - time.monotonic(), 0.0)

    def _late(self) -> bool:
        return self._left() == 0.0

    def _show(self) -> None:
        done = len(self.results) + len(self.failures)
        total = max(self.expected, done)
        left = self._estimate(done, total)
        self.progress.stage(f"explaining: {done} of {total} mixes of base and head are known{left}")
        self.progress.advance(done, total, "runs")

    def _estimate(self, done: int, total: int) -> str:
        """Return how long the rest may take, by what was run so far; empty where nothing was."""
        finished = done - self.reused
        if finished < 1 or total <= done:
            return ""
        from repro_action.report.numbers import seconds

        return f", about {seconds((time.monotonic() - self._begun) / finished * (total - done))} left"
