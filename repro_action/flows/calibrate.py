# SPDX-License-Identifier: Apache-2.0
"""`repro calibrate`: train with other seeds alone, and keep in the baseline what they do to the metrics."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.config.model import Config
from repro_action.environments.backend import EnvironmentBackend
from repro_action.environments.circumstances import platform_class
from repro_action.errors import EnvironmentUnavailable, ReproError
from repro_action.files import write_atomically
from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.flows.present_materials import compare_with
from repro_action.flows.probe import enclosure_of_trials
from repro_action.flows.supply import supply_data
from repro_action.interpreter.environment import Environment
from repro_action.noise.materials import HASH_SEED, materials_digest
from repro_action.noise.record import NoiseRecord, Values, summarize
from repro_action.noise.seeds import other_seeds, reseeded_text
from repro_action.notice import Notice
from repro_action.paths.patterns import within
from repro_action.probe.calibration import SeedTrials, needed_steps
from repro_action.probe.pool import Executor, local, usable_cores
from repro_action.probe.seed_results import SeedResults
from repro_action.probe.seeds import SeedPlaces, find_seeds
from repro_action.probe.trial import TrialOutcome
from repro_action.progress import Progress
from repro_action.runs.plan import make_plan
from repro_action.runs.project import Project
from repro_action.steps.lock import lock_project
from repro_action.steps.signals import interruptible

if TYPE_CHECKING:
    from repro_action.compare.materials import MaterialDifference

FEWEST = 2


class NothingToCalibrate(ReproError):
    """There is no baseline of these materials, no metric, or no seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What a calibration found, as it is in the baseline now.

    Attributes:
        platform: the class whose metrics it is of.
        record: what was written.
        trained: trainings of this call; the others were there from an earlier one that was stopped.
        resumed: how many were.
        seeded: steps that ran with each seed.
        reused: steps that no seed reaches: they ran twice.
        unneeded: steps that no metric depends on: they did not run.
        failures: seed → why its training failed.
        seconds: that it took.
    """

    platform: str
    record: NoiseRecord
    trained: int
    resumed: int
    seeded: tuple[str, ...]
    reused: tuple[str, ...]
    unneeded: tuple[str, ...]
    failures: Mapping[int, Notice]
    seconds: float


def calibrate(
    project: Project,
    backend: EnvironmentBackend,
    progress: Progress,
    *,
    count: int,
    jobs: int = 0,
    executor: Executor | None = None,
) -> Calibrated:
    """Train with other seeds and write the noise record.

    Args:
        project: stays as it is but for its baseline; trainings run in copies.
        backend: prepares the environment, once.
        progress: shows how far it is.
        count: trainings in all, those of an earlier call that was stopped included.
        jobs: at the same time; 0 for as many as there are usable cores.
        executor: runs them; processes of this machine if None.

    Raises:
        NothingToCalibrate: see there.
        Interrupted: the user stopped it; what was trained is kept for the next call.
    """
    project.store.prepare()
    with interruptible(), lock_project(project.config.state):
        run = _Calibration(project, progress, count, jobs or usable_cores(), time.monotonic())
        return run.run(backend, executor)


@dataclass(slots=True)
class _Calibration:
    project: Project
    progress: Progress
    count: int
    jobs: int
    started: float

    def run(self, backend: EnvironmentBackend, executor: Executor | None) -> Calibrated:
        config = self.project.config
        if not config.metrics:
            raise NothingToCalibrate(
                "the configuration declares no metrics, so there is nothing to measure",
                where=config.path.name,
                remedy='Add a table such as [metrics."out/metrics.json"].',
            )
        before = self.project.baseline()
        environment = backend.prepare(config, self.progress)
        supply_data(config, self.progress)
        plan = make_plan(config)
        places = find_seeds(config, plan)
        platform, accepted = _accepted(config, before, environment)
        self._require_same(environment, accepted, places)
        _require_a_seed(config, places)
        results = SeedResults(
            base=config.state / "calibrate", materials=materials_digest(accepted, places.names)
        )
        results.prepare()
        sandbox = enclosure_of_trials(config, backend, environment)

        def trials(processes: Executor) -> Calibrated:
            seeds = SeedTrials(
                config=config,
                plan=plan,
                environment=environment,
                sandbox=sandbox,
                places=places,
                executor=processes,
                jobs=self.jobs,
                base=results.folder,
                progress=self.progress,
                check=partial(_require_same_materials, accepted, places.names, tuple(plan.outputs)),
            )
            return self._calibrated(seeds, results, platform, accepted)

        if executor is not None:
            return trials(executor)
        with local(min(self.jobs, self.count)) as processes:
            return trials(processes)

    def _calibrated(
        self, trials: SeedTrials, results: SeedResults, platform: str, accepted: Fingerprint
    ) -> Calibrated:
        seeds = other_seeds(self.project.config.seed, self.count)
        values: dict[int, Values] = results.read(seeds)
        resumed = len(values)
        missing = [seed for seed in seeds if seed not in values]

        def keep(seed: int, metrics: Values) -> None:
            results.write(seed, metrics)
            values[seed] = metrics

        trials.run(missing, resumed, keep)
        if len(values) < FEWEST:
            raise _too_few(trials.failures)
        if trials.seedless:
            raise _no_seed(self.project.config)
        self._require_same(trials.environment, accepted, trials.places)
        metrics, unlisted = summarize(dict(sorted(values.items())), baseline=accepted.metrics)
        record = NoiseRecord(
            materials=results.materials,
            seeds=seeds,
            failed=tuple(seed for seed in seeds if seed not in values),
            seed_params=trials.places.names,
            metrics=metrics,
            unlisted=unlisted,
        )
        self._write(platform, accepted, record)
        results.remove_copies()
        reused = {step.name for step in trials.reused}
        needed = [step.name for step in trials.needed]
        return Calibrated(
            platform=platform,
            record=record,
            trained=len(values) - resumed,
            resumed=resumed,
            seeded=tuple(name for name in needed if name not in reused),
            reused=tuple(name for name in needed if name in reused),
            unneeded=tuple(step.name for step in trials.plan.steps if step.name not in needed),
            failures=trials.failures,
            seconds=time.monotonic() - self.started,
        )

    def _require_same(self, environment: Environment, accepted: Fingerprint, places: SeedPlaces) -> None:
        """Refuse a project that is no longer what was accepted, but for its seed and the rules.

        Raises:
            NothingToCalibrate: a material differs.
        """
        found = compare_with(self.project, environment, accepted)
        others = [one for one in found if not _is_seed(one, places)]
        if others:
            names = ", ".join(one.name for one in others[:3])
            raise NothingToCalibrate(
                f"{names} changed since the baseline was accepted",
                why="The noise record would be of other materials than the metrics beside it.",
                remedy="Run `repro verify` and `repro accept`, then `repro calibrate`.",
            )

    def _write(self, platform: str, accepted: Fingerprint, record: NoiseRecord) -> None:
        baseline = self.project.baseline()
        if baseline is None or baseline.platforms.get(platform) != accepted:
            raise NothingToCalibrate(
                "the baseline changed during the calibration",
                remedy="Run `repro calibrate` again: what was trained is kept where materials are the same.",
            )
        text = dump(baseline.with_noise(platform, record))
        write_atomically(self.project.config.baseline_path, text, scratch=self.project.store.folder)


def _accepted(config: Config, before: Baseline | None, environment: Environment) -> tuple[str, Fingerprint]:
    platform = platform_class(config.determinism.profile, environment.circumstances)
    accepted = before.platforms.get(platform) if before is not None else None
    if accepted is None:
        raise NothingToCalibrate(
            f"there is no baseline for {platform}",
            why="The noise of metrics is recorded beside the metrics that were accepted.",
            remedy="Run `repro verify` and `repro accept` first.",
        )
    return platform, accepted


def _require_a_seed(config: Config, places: SeedPlaces) -> None:
    """Refuse a project that nothing gives a seed, before anything is trained."""
    steps = needed_steps(config, make_plan(config))
    seeding = config.determinism.profile != "off" or config.determinism.entropy == "seed"
    if not seeding and not any(places.given(step) for step in steps):
        raise _no_seed(config)


def _no_seed(config: Config) -> NothingToCalibrate:
    return NothingToCalibrate(
        "no step depends on the seed: the metrics have no seed noise",
        where=config.path.name,
        why="No step is given a seed by a parameter or option, and two trainings with unlike seeds left the "
        "same bytes."
        if config.determinism.profile != "off"
        else 'No step is given a seed by a parameter or option, and profile = "off" seeds nothing.',
        remedy="If a parameter is the seed under another name, declare it: [noise] seed_params = "
        '["params.toml:my_seed"].',
    )


def _too_few(failures: Mapping[int, Notice]) -> NothingToCalibrate:
    first = next(iter(failures.values()), None)
    seeds = ", ".join(map(str, list(failures)[:5]))
    return NothingToCalibrate(
        f"{len(failures)} trainings with other seeds failed (seeds {seeds}), and at least {FEWEST} must not"
        if failures
        else f"at least {FEWEST} seeds are needed for a standard deviation",
        why=first.what if first is not None else "",
        remedy=(first.remedy if first is not None else "") or "Give a larger number, such as --seeds 20.",
        log=first.log if first is not None else "",
    )


def _is_seed(found: MaterialDifference, places: SeedPlaces) -> bool:
    if found.kind is MaterialKind.STEPS:
        return reseeded_text(str(found.before), "?") == reseeded_text(str(found.after), "?")
    return (
        found.kind in {MaterialKind.SEED, MaterialKind.RULES}
        or found.name in places.names
        or found.name == HASH_SEED
    )


def _require_same_materials(
    accepted: Fingerprint, seed_params: tuple[str, ...], outputs: tuple[str, ...], outcome: TrialOutcome
) -> None:
    """Refuse a training that consumed something else: somebody edited the project meanwhile.

    Raises:
        EnvironmentUnavailable: a material differs from the one that was accepted.
    """
    made = outcome.fingerprint
    for kind, name, value in _consumed(made) if made is not None else ():
        named = accepted.materials.get(kind, {})
        seed = name in seed_params or name == HASH_SEED or kind in accepted.folded_materials
        output = any(within(name, one) for one in outputs)
        if seed or output or name not in named:
            continue
        if reseeded_text(str(value), "?") != reseeded_text(str(named[name]), "?"):
            raise EnvironmentUnavailable(
                f"{name} changed during the calibration",
                why="Trainings of different materials say nothing about the seed.",
                remedy="Run again when nothing writes there; what was trained is kept.",
            )


def _consumed(made: Fingerprint) -> Iterator[tuple[MaterialKind, str, object]]:
    for kind, named in made.materials.items():
        if kind not in {MaterialKind.SEED, MaterialKind.RULES}:
            yield from ((kind, name, value) for name, value in named.items())
