# SPDX-License-Identifier: Apache-2.0
"""One disturbed run in a copy of the project, as a function from value to value.

Both values can be pickled, so that a trial may run in another process or on another machine
that shares the file system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from repro_action.config.model import Config
from repro_action.data.stat_cache import StatCache
from repro_action.determinism.judge import ProfileWarning
from repro_action.errors import Interrupted, OutOfTime, ReproError
from repro_action.fingerprint import Fingerprint
from repro_action.interpreter.environment import Environment
from repro_action.notice import Notice
from repro_action.observation import Observation
from repro_action.probe.variations.places import WORKSPACE, outside_a_sandbox
from repro_action.progress import Silent
from repro_action.runs.plan import make_plan
from repro_action.runs.run import Stopped, run
from repro_action.runs.step import RunRequest
from repro_action.runs.workspace import HOME, USUAL, copy_into, copy_project, keep_outputs, remove
from repro_action.sandbox.enclosure import Enclosure
from repro_action.sandbox.protocol import Sandbox
from repro_action.steps.disturbance import NOTHING, Disturbance
from repro_action.steps.execute import LocalExecutor
from repro_action.steps.reuse import StepCache
from repro_action.steps.supervised import Supervisors

_RUN = "run"
ELSEWHERE = Path("/elsewhere")
"""Folder inside a sandbox that nothing of the machine is mounted on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What to run.

    Attributes:
        config: of the project itself.
        environment: prepared.
        place: folder to run in; must not exist.
        kept: folder that it becomes afterwards; must not exist.
        disturbance: how it is disturbed.
        sandbox: what encloses each step.
        limit: seconds for each step that declares no limit of its own; None for no limit.
        whole: keep the whole copy, rather than its outputs only.
        added: path → content of files that the copy has besides those of the project.
        left_out: paths that the copy lacks, besides the outputs of its steps.
        placed: path → file or folder elsewhere that the copy has there; such a path is also left out.
        seen_as: where steps see the project in a sandbox that lays out its files; None for where it is.
        reuse: the cache through which trials share steps; None for none.
    """

    config: Config
    environment: Environment = field(repr=False)
    place: Path
    kept: Path
    disturbance: Disturbance = NOTHING
    sandbox: Sandbox | None = None
    limit: float | None = None
    whole: bool = False
    added: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    left_out: tuple[str, ...] = ()
    placed: Mapping[str, Path] = field(default_factory=dict)
    seen_as: Path | None = None
    reuse: StepCache | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFailure:
    """Why a trial came to no end.

    Attributes:
        notice: what happened.
        step: that failed; empty where none did.
    """

    notice: Notice
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOutcome:
    """What came of a trial.

    Attributes:
        root: the copy of the project, in which its outputs stand.
        hook: folder with one folder a step, where its processes wrote.
        fingerprint: None where it failed.
        seconds: step → how long it took; those that ran.
        observations: step → what was seen inside its processes.
        warnings: step → promises of the profile that were not kept.
        undeclared: step → files of the project that it imported without declaring them.
        failure: None where it came to a good end.
    """

    root: Path
    hook: Path
    fingerprint: Fingerprint | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    observations: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    warnings: Mapping[str, tuple[ProfileWarning, ...]] = field(default_factory=dict)
    undeclared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failure: TrialFailure | None = None


def run_trial(trial: Trial) -> TrialOutcome:
    """Copy the project, run it disturbed, and put the copy aside.

    Raises:
        Interrupted: the trial was stopped; nothing of it is left.
        OutOfTime: likewise, by the limit of everything together, which rings once.
    """
    name = trial.disturbance.folder or USUAL
    outputs = [output for step in trial.config.steps for output in step.outputs]
    try:
        outcome = _run(trial, trial.place / name)
        if not trial.whole:
            keep_outputs(trial.place / name, outputs)
        trial.place.rename(trial.kept)
    except BaseException:
        remove(trial.place)
        raise
    return replace(outcome, root=trial.kept / name, hook=trial.kept / _RUN / "hook")


def _run(trial: Trial, root: Path) -> TrialOutcome:
    missing = TrialOutcome(root=root, hook=root)
    try:
        outputs = [output for step in trial.config.steps for output in step.outputs]
        copy_project(trial.config.root, root, outputs=(*outputs, *trial.left_out))
        for name, source in trial.placed.items():
            copy_into(source, root, name)
        for name, content in trial.added.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        (trial.place / HOME).mkdir()
        folder = trial.place / _RUN
        folder.mkdir()
        config = _config(trial, root)
        supervisors = Supervisors()
        request = RunRequest(
            plan=make_plan(config),
            environment=trial.environment,
            executor=LocalExecutor(supervisors=supervisors),
            progress=Silent(),
            folder=folder,
            disturbance=_filled(trial, trial.place),
            sandbox=trial.sandbox,
            seen_as=_seen_as(trial),
            reuse=trial.reuse,
        )
        with supervisors, StatCache(trial.place / "stat.sqlite", root=root) as cache:
            done = run(config, request, cache)
    except Interrupted:
        raise
    except ReproError as error:
        if (late := out_of_time(error)) is not None:
            raise late from error
        return replace(missing, failure=_failure(error))
    return replace(
        missing,
        fingerprint=_bare(done.fingerprint),
        seconds={record.name: record.seconds for record in done.records},
        observations=done.observations,
        warnings=done.warnings,
        undeclared=done.undeclared,
    )


def out_of_time(error: BaseException | None) -> OutOfTime | None:
    """Return what ended a step for the time of everything together, where that is why it failed."""
    met: set[int] = set()
    while error is not None and not isinstance(error, OutOfTime) and id(error) not in met:
        met.add(id(error))
        error = error.__cause__
    return error if isinstance(error, OutOfTime) else None


def _bare(fingerprint: Fingerprint) -> Fingerprint:
    """Leave out the content of leaves, which stands in the outputs."""
    products = {
        path: replace(
            product, leaves={name: replace(leaf, payload=None) for name, leaf in product.leaves.items()}
        )
        for path, product in fingerprint.products.items()
    }
    return replace(fingerprint, products=products)


def _config(trial: Trial, root: Path) -> Config:
    steps = tuple(
        replace(step, timeout=trial.limit) if step.timeout is None else step for step in trial.config.steps
    )
    return replace(trial.config, root=root, path=root / trial.config.path.name, steps=steps)


def lays_out(sandbox: Sandbox | None) -> bool:
    """Whether steps see the project at any path that is wished for, whatever folder their copy is in."""
    return isinstance(sandbox, Enclosure) and sandbox.config.sandbox.files == "declared"


def _seen_as(trial: Trial) -> Path | None:
    """Return where the steps see the project: where it is, or, if that is disturbed, elsewhere."""
    if not lays_out(trial.sandbox):
        return None
    if trial.disturbance.folder:
        return ELSEWHERE / trial.disturbance.folder
    return trial.seen_as or trial.config.root


def _filled(trial: Trial, place: Path) -> Disturbance:
    disturbance = trial.disturbance
    if not isinstance(trial.sandbox, Enclosure):
        disturbance = outside_a_sandbox(disturbance)

    def fill(variables: Mapping[str, str]) -> dict[str, str]:
        return {name: value.replace(WORKSPACE, str(place)) for name, value in variables.items()}

    return replace(disturbance, under=fill(disturbance.under), over=fill(disturbance.over))


def _failure(error: ReproError) -> TrialFailure:
    records = error.records if isinstance(error, Stopped) else ()
    step = records[-1].name if records else ""
    return TrialFailure(notice=error.notice, step=step)
