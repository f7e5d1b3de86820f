# SPDX-License-Identifier: Apache-2.0
"""One run, a line a stage: pins, materials, seal, steps, products, seal again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from repro_action.config.model import Config, Step
from repro_action.data.check import Previous, check_pins
from repro_action.data.seal import Seal
from repro_action.data.stat_cache import StatCache
from repro_action.determinism.attach import hook_variables
from repro_action.determinism.judge import KnobOutcome, ProfileWarning, combined
from repro_action.determinism.presence import ProcessListener, listening
from repro_action.determinism.read import HookReport, merge, read_reports
from repro_action.digest import Digest
from repro_action.environments.circumstances import platform_class
from repro_action.environments.protocol import Environment
from repro_action.errors import ReproError, SealError, StepError
from repro_action.fingerprint import Fingerprint
from repro_action.observation import Observation
from repro_action.probe.variations.disturbance import NOTHING, Disturbance, laid
from repro_action.progress import Progress
from repro_action.runs import observed
from repro_action.runs.materials import (
    Consumed,
    collect,
    digest_now,
    knobs_of,
    policy_of,
    read_files,
    with_undeclared,
)
from repro_action.runs.plan import RunPlan
from repro_action.runs.products import ReadOutputs, read_outputs
from repro_action.runs.stash import Returned, Stash
from repro_action.sandbox.protocol import Enforced, Sandbox
from repro_action.steps.record import StepExecutor, StepFailed, StepRecord, StepRequest
from repro_action.steps.reuse import StepCache, StepKey
from repro_action.steps.written import check_outputs
from repro_action.tree import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a run needs besides the configuration.

    Attributes:
        plan: the steps.
        environment: where they run.
        executor: runs one step.
        progress: receives how far it is.
        folder: of this run; receives logs and hook reports.
        reuse: the cache of steps, if it was asked for.
        previous: earlier versions of a data file, to say what changed in it.
        disturbance: how the steps are run otherwise than usual.
        sandbox: what encloses each step; None for nothing.
        stash: moves earlier outputs away while steps run; None where there are none.
        seen_as: where the project is inside a sandbox that lays out its files; None for where it is.
    """

    plan: RunPlan
    environment: Environment
    executor: StepExecutor
    progress: Progress
    folder: Path
    reuse: StepCache | None = None
    previous: Previous | None = None
    disturbance: Disturbance = NOTHING
    sandbox: Sandbox | None = None
    stash: Stash | None = None
    seen_as: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that came to an end.

    Attributes:
        fingerprint: what is compared.
        records: one a step, in running order.
        warnings: step → promises of the determinism profile that were not kept.
        knobs: variable → what the steps' processes show of it; empty without a profile.
        undeclared: files of the project that a step imported and does not declare.
        imported: normalized names of the distributions that any step imported.
        roots: product → its whole tree.
        returned: what becomes of files that were in outputs before the run.
        observations: step → where randomness entered, and what was read, listed or started.
        unvouched: step → why what its processes did is not known.
        capped: library → the most threads that a program asked it for in vain; negative for all cores.
        enforced: what a sandbox kept out of reach of the steps.
    """

    fingerprint: Fingerprint
    records: tuple[StepRecord, ...]
    warnings: Mapping[str, tuple[ProfileWarning, ...]] = field(default_factory=dict)
    knobs: Mapping[str, KnobOutcome] = field(default_factory=dict)
    undeclared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    imported: frozenset[str] = frozenset()
    roots: Mapping[str, Node] = field(default_factory=dict)
    returned: Returned = field(default_factory=Returned)
    observations: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    unvouched: Mapping[str, str] = field(default_factory=dict)
    capped: Mapping[str, int] = field(default_factory=dict)
    enforced: Enforced = field(default_factory=Enforced)


class Stopped(ReproError):
    """A step ended the run.

    Attributes:
        records: of the steps that ran, the failed one last.
    """

    def __init__(self, error: ReproError, records: tuple[StepRecord, ...]) -> None:
        super().__init__(error.what, why=error.why, remedy=error.remedy, where=error.where, log=error.log)
        self.records = records


def run(config: Config, request: Request, cache: StatCache) -> Run:
    """Run every step once and fingerprint what came of it.

    Raises:
        PinError: data is not what was pinned; nothing has run then.
        Stopped: a step failed or broke its promises.
        SealError: a material changed during the run.
    """
    plan, progress = request.plan, request.progress
    data = check_pins(config, cache, progress, request.previous)
    progress.stage("sealing materials")
    seal = _seal(config, plan, data, cache)
    consumed = read_files(config, plan, data, seal.digests.__getitem__)
    started = _mark(request.folder)
    with request.stash or nullcontext():
        records, reports = _steps(config, request, consumed)
        _require_own_outputs(config, request, records)
        progress.stage("reading products")
        read = read_outputs(config, plan)
        undeclared = observed.undeclared(plan, reports)
        seal.require_intact()
        _require_untouched(config.root, undeclared, started)
    consumed = with_undeclared(config, consumed, undeclared, cache)
    judgements = observed.judgements(config, request.environment, reports)
    merged = merge(report for step_reports in reports.values() for report in step_reports)
    return Run(
        fingerprint=_fingerprint(config, request, consumed, read, reports),
        records=records,
        warnings={name: found.warnings for name, found in judgements.items() if found.warnings},
        knobs=combined(judgements.values()),
        undeclared=undeclared,
        imported=observed.imported(request.environment, merged),
        roots=read.roots,
        returned=request.stash.plan() if request.stash else Returned(),
        unvouched=observed.unvouched(reports),
        capped=observed.capped(reports),
        observations={name: _observations(name, found) for name, found in reports.items()},
        enforced=request.sandbox.enforced if request.sandbox else Enforced(),
    )


def _observations(step: str, reports: Sequence[HookReport]) -> tuple[Observation, ...]:
    return tuple(replace(item, step=step) for item in merge(reports).observations)


def _seal(config: Config, plan: RunPlan, data: Mapping[str, Digest], cache: StatCache) -> Seal:
    seal = Seal.create(
        sealed_paths(config, plan),
        root=config.root,
        algorithm=config.digest,
        pinned={pin.path: pin.digest.algorithm for pin in config.data},
        cache=cache,
    )
    moved = [path for path, digest in data.items() if seal.digests[path] != digest]
    if moved:
        raise SealError(
            f"{', '.join(moved)} changed between the check of its pin and the first step",
            remedy="Run again when no other program writes to it.",
        )
    return seal


def _steps(
    config: Config, request: Request, consumed: Consumed
) -> tuple[tuple[StepRecord, ...], dict[str, tuple[HookReport, ...]]]:
    """Run the steps in order; return their records, and what the hook reported by step."""
    knobs = knobs_of(config, request.environment)
    records: list[StepRecord] = []
    reports: dict[str, tuple[HookReport, ...]] = {}
    for index, step in enumerate(request.plan.steps, start=1):
        request.progress.stage(f"step {index} of {len(request.plan.steps)}: {step.name}")
        try:
            record = _step(config, step, request, consumed, knobs)
        except StepError as error:
            raise Stopped(error, (*records, _failed(step, error))) from error
        records.append(record)
        reports[step.name] = observed.with_missing(step, read_reports(_hook_folder(request.folder, step)))
    return tuple(records), reports


def _require_own_outputs(config: Config, request: Request, records: tuple[StepRecord, ...]) -> None:
    """Look at all outputs again: a later step that is not enclosed could have put links in their places.

    Raises:
        Stopped: an output is not what its step wrote.
    """
    if request.sandbox is not None and request.sandbox.enforced.files:
        return
    try:
        for step in request.plan.steps:
            check_outputs(step, config.root)
    except StepError as error:
        raise Stopped(error, records) from error


def _fingerprint(
    config: Config,
    request: Request,
    consumed: Consumed,
    read: ReadOutputs,
    reports: Mapping[str, tuple[HookReport, ...]],
) -> Fingerprint:
    environment = request.environment
    merged = merge(report for step_reports in reports.values() for report in step_reports)
    # What else is installed beside the program in a shared environment is not its material.
    shared = environment.shared and merged.readable
    counted = observed.imported(environment, merged) if shared else None
    settings = {**knobs_of(config, environment), **observed.unknown(reports)}
    return Fingerprint(
        platform=platform_class(config.determinism.profile, environment.circumstances),
        steps=tuple(step.name for step in request.plan.steps),
        materials=collect(
            config,
            request.plan,
            consumed,
            environment,
            settings,
            imported=counted,
        ),
        products=read.products,
        metrics=read.metrics,
        circumstances={**environment.circumstances, **observed.kernels(merged)},
    )


def sealed_paths(config: Config, plan: RunPlan) -> tuple[str, ...]:
    """Return every file and folder that must not change while a run goes on, relative to the project."""
    names = {*plan.code, *plan.params_files, *(pin.path for pin in config.data), config.path.name}
    if config.environment.lock:
        names.add(config.environment.lock)
    return tuple(sorted(names))


def _hook_folder(folder: Path, step: Step) -> Path:
    return folder / "hook" / step.name


def _step(
    config: Config, step: Step, request: Request, consumed: Consumed, knobs: Mapping[str, str]
) -> StepRecord:
    hook = _hook_folder(request.folder, step)
    hook.mkdir(parents=True)
    seeding = config.determinism.profile != "off" or config.determinism.entropy == "seed"
    seed = config.seed if seeding else None
    attached = hook_variables(
        folder=hook,
        root=config.root,
        seed=seed,
        entropy=config.determinism.entropy,
        pythonpath=_pythonpath(step, request.environment),
        cap_threads=config.determinism.cap,
    )
    disturbance = request.disturbance
    settings = laid(disturbance, base=request.environment.variables, pinned={**knobs, **step.env})
    wanted = StepRequest(
        root=config.root,
        python=request.environment.python,
        variables={**settings, **attached, **disturbance.hook},
        log=request.folder / "logs" / f"{step.name}.log",
        protected=(
            config.baseline_path,
            *(config.root / name for name in sealed_paths(config, request.plan)),
        ),
        prefix=disturbance.prefix,
        limits=config.limits,
        seen_as=request.seen_as,
        host=disturbance.host,
    )
    if request.reuse is None:
        return _execute(step, request, wanted)
    key = _key(config, step, request, consumed, knobs)
    # What the processes reported belongs to the result: without it packages and kernels are unknown.
    reported = config.state / "cache" / "hooks" / key.digest().value
    restored = request.reuse.restore(step, key, wanted) if reported.is_dir() else None
    if restored is not None:
        shutil.copytree(reported, hook, dirs_exist_ok=True)
        return restored
    record = _execute(step, request, wanted)
    if request.reuse.store(key, config.root):
        shutil.copytree(hook, reported, dirs_exist_ok=True)
    return record


def _pythonpath(step: Step, environment: Environment) -> str:
    """Join what the step wants on PYTHONPATH and what a dev shell of Nix has there."""
    parts = (step.env.get("PYTHONPATH", ""), environment.variables.get("PYTHONPATH", ""))
    return os.pathsep.join(part for part in parts if part)


def _execute(step: Step, request: Request, wanted: StepRequest) -> StepRecord:
    with listening(_hook_folder(request.folder, step)) as listener:
        return _enclosed(step, request, wanted, listener)


def _enclosed(step: Step, request: Request, wanted: StepRequest, listener: ProcessListener) -> StepRecord:
    if request.sandbox is None:
        return request.executor.run(step, wanted, request.progress)
    with request.sandbox.enclose(step, wanted) as enclosed:
        listener.elsewhere = enclosed.elsewhere
        return request.executor.run(step, enclosed.request, request.progress)


def _failed(step: Step, error: StepError) -> StepRecord:
    if isinstance(error, StepFailed):
        return error.record
    return StepRecord(name=step.name, trained=False, exit_code=-1, seconds=0.0, reason=error.what)


def _key(
    config: Config, step: Step, request: Request, consumed: Consumed, knobs: Mapping[str, str]
) -> StepKey:
    inputs = request.plan.inputs[step.name]
    now = digest_now(config, None)
    made = {path: now(path) for path in inputs.intermediate}
    return StepKey(
        command=step.run,
        outputs=step.outputs,
        variables={**knobs, **policy_of(config), **step.env},
        seed=config.seed,
        environment=request.environment.digest,
        platform=platform_class(config.determinism.profile, request.environment.circumstances),
        inputs={
            **made,
            **{path: consumed.code[path] for path in inputs.code},
            **{path: consumed.data[path] for path in inputs.data},
        },
        params={path: consumed.files[path] for path in request.plan.params[step.name]},
    )


def _mark(folder: Path) -> int:
    """Return the file system's own time, in nanoseconds, before the first step."""
    marker = folder / "started"
    marker.touch()
    return marker.stat().st_ctime_ns


def _require_untouched(root: Path, undeclared: Mapping[str, tuple[str, ...]], started: int) -> None:
    """Hold undeclared files to the beginning of the run; they could not be sealed before it.

    Raises:
        SealError: one of them changed, or was made, since.
    """
    names = sorted({path for paths in undeclared.values() for path in paths})
    touched = [name for name in names if not _older(root / name, started)]
    if touched:
        raise SealError(
            f"{', '.join(touched[:10])} changed during the run",
            why="A step imported it, and it is unknown which of its versions ran.",
            remedy="Declare it among the inputs of the step, and run again without editing.",
        )


def _older(path: Path, started: int) -> bool:
    return path.is_file() and path.stat().st_ctime_ns < started
