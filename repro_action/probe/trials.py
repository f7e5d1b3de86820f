# SPDX-License-Identifier: Apache-2.0
"""Keeps what was tried and what came of it, and runs what was not tried yet, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.compare.difference import Difference
from repro_action.compare.judge import compare
from repro_action.config.model import Config
from repro_action.errors import EnvironmentUnavailable
from repro_action.interpreter.environment import Environment
from repro_action.probe.pool import Executor, work
from repro_action.probe.trial import Trial, TrialOutcome
from repro_action.probe.variations.protocol import Variation
from repro_action.progress import Progress
from repro_action.runs.workspace import remove
from repro_action.sandbox.protocol import Sandbox
from repro_action.steps.disturbance import Disturbance, join

PATH = "build-path"
OutputLeaf = tuple[str, str]
"""Artifact and leaf, or metrics file and metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialKey:
    """One trial: what of it is disturbed, and how.

    Attributes:
        names: variations that are laid on.
        round_number: of their disturbances.
        unpinned: the profile's pins of them are removed, rather than what lies below disturbed.
        pinned: everything else that could differ from run to run is pinned.
        attempt: 2, 3, …: the same once more.
        traced: what calls return is recorded.
    """

    names: frozenset[str] = frozenset()
    round_number: int = 1
    unpinned: bool = False
    pinned: bool = False
    attempt: int = 1
    traced: bool = False


class OutOfRuns(Exception):
    """No more runs are allowed."""


@dataclass(slots=True, kw_only=True)
class Trials:
    """Everything that was tried in one probe.

    Attributes:
        config, environment: of the project.
        variations: name → variation; all that this machine can disturb.
        executor: runs trials.
        jobs: how many at the same time.
        sandbox: what encloses the steps of each trial.
        base: folder for copies of the project.
        bound: how many trials are allowed.
        progress: shows how far it is.
        anywhere: whether the folder of the project was shown not to matter; until then, trials
            that do not disturb it run in one folder, one after another.
        limit: seconds for each step.
        keep: keep whole copies.
    """

    config: Config
    environment: Environment
    variations: Mapping[str, Variation]
    executor: Executor
    jobs: int
    sandbox: Sandbox | None = None
    base: Path
    bound: int
    progress: Progress
    anywhere: bool = False
    limit: float | None = None
    keep: bool = False
    outcomes: dict[TrialKey, TrialOutcome] = field(default_factory=dict)
    started: int = 0

    def ask(self, *keys: TrialKey) -> list[TrialOutcome]:
        """Return what comes of trials, in the order asked; those not tried yet run now.

        Raises:
            OutOfRuns: not all of them are allowed; none is run then.
        """
        new = [key for key in dict.fromkeys(keys) if key not in self.outcomes]
        if self.started + len(new) > self.bound:
            raise OutOfRuns
        free = set(range(self.jobs))
        running: dict[Future[TrialOutcome], tuple[TrialKey, int]] = {}
        while new or running:
            for key in list(new):
                place = self._place(key, free)
                if place is not None:
                    free.discard(place)
                    new.remove(key)
                    running[self._start(key, place)] = (key, place)
            self._show(key for key, _ in running.values())
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                key, place = running.pop(future)
                free.add(place)
                self.outcomes[key] = future.result()
        return [self.outcomes[key] for key in keys]

    def _place(self, key: TrialKey, free: set[int]) -> int | None:
        """Choose the folder for a trial: one of several, unless that might be seen in the result."""
        if self.anywhere:
            return min(free, default=None)
        if PATH in key.names and not key.unpinned:
            return max(free, default=None)
        return 0 if 0 in free else None

    def _start(self, key: TrialKey, place: int) -> Future[TrialOutcome]:
        self.started += 1
        trial = Trial(
            config=self.config,
            environment=self.environment,
            place=self.base / f"{place}",
            kept=self.base / f"kept-{self.started}",
            disturbance=self.disturbance(key),
            sandbox=self.sandbox,
            limit=self.limit,
            whole=self.keep,
        )
        return self.executor.submit(work, trial)

    def disturbance(self, key: TrialKey) -> Disturbance:
        """Return how the steps of a trial are disturbed."""
        parts: list[Disturbance] = []
        for name, variation in self.variations.items():
            pin = variation.pin(self.environment) if key.pinned else None
            if name not in key.names:
                parts.extend(filter(None, [pin]))
                continue
            unpinned = (
                variation.unpin(self.environment, round_number=key.round_number) if key.unpinned else None
            )
            disturbed = unpinned or variation.disturb(self.environment, round_number=key.round_number)
            # What is disturbed by pinning it is disturbed by no longer pinning it.
            parts.extend([] if disturbed == pin else [disturbed])
        if key.traced:
            parts.append(Disturbance(hook={"REPRO_TRACE": "1"}))
        return join(parts)

    def _show(self, keys: Iterable[TrialKey]) -> None:
        running = "; ".join(dict.fromkeys(_label(key, len(self.variations)) for key in keys))
        self.progress.stage(f"probing: {self.started} of at most {self.bound} runs: {running}")
        self.progress.advance(len(self.outcomes), self.bound, "runs")

    def difference(self, before: TrialOutcome, after: TrialOutcome) -> Difference | None:
        """Compare two trials; None where one of them failed.

        Raises:
            EnvironmentUnavailable: somebody changed the project meanwhile.
        """
        if before.fingerprint is None or after.fingerprint is None:
            return None
        found = compare(
            before.fingerprint,
            after.fingerprint,
            metrics=self.config.metrics,
            artifacts=self.config.artifacts,
        )
        if found.materials:
            raise EnvironmentUnavailable(
                f"{found.materials[0].name} changed during the probe",
                why="Runs of different materials say nothing about each other.",
                remedy="Run again when nothing writes there.",
            )
        return found

    def drop(self, keep: Iterable[TrialKey]) -> None:
        """Remove the outputs of all trials but some."""
        wanted = {self.outcomes[key].root for key in keep if key in self.outcomes}
        for outcome in self.outcomes.values():
            if outcome.root not in wanted and not self.keep:
                remove(outcome.root.parent)


def differing_leaves(difference: Difference | None) -> frozenset[OutputLeaf]:
    """Return every place at which two trials differ; one that failed differs everywhere."""
    if difference is None:
        return frozenset({("", "")})
    leaves = {
        (product.path, leaf)
        for product in difference.products
        if not product.state.same
        for leaf in ([found.path for found in product.leaves] or [""])
    }
    metrics = {(metric.file, metric.name) for metric in difference.metrics if not metric.same}
    return frozenset(leaves | metrics)


def _label(key: TrialKey, total: int) -> str:
    if not key.names:
        return "undisturbed"
    names = sorted(key.names)
    listed = ", ".join(names[:3])
    if len(names) > 3:
        listed = "everything" if len(names) >= total - 1 else f"{listed} and {len(names) - 3} more"
    return f"{listed}, without pins" if key.unpinned else listed
