# SPDX-License-Identifier: Apache-2.0
"""One step of a run: its variables, its enclosure, and whether an earlier result is used again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.config.model import Config, Step
from repro_action.data.check import Previous
from repro_action.determinism.attach import hook_variables
from repro_action.determinism.presence import ProcessListener, listening
from repro_action.environments.circumstances import platform_class
from repro_action.errors import StepError
from repro_action.interpreter.environment import Environment
from repro_action.progress import Progress
from repro_action.runs.absent_data import with_pointer
from repro_action.runs.materials import Consumed, digest_now, policy_of
from repro_action.runs.notebook_step import as_program
from repro_action.runs.plan import RunPlan
from repro_action.runs.stash import Stash
from repro_action.sandbox.protocol import Sandbox
from repro_action.steps.disturbance import NOTHING, Disturbance, laid
from repro_action.steps.record import StepExecutor, StepFailed, StepRecord, StepRequest

if TYPE_CHECKING:
    from repro_action.runs.numeric import NumericReading
    from repro_action.steps.reuse import StepCache, StepKey


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
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
        numeric: the numeric signature that is read beside the steps; None for none.
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
    numeric: NumericReading | None = None
    seen_as: Path | None = None


def sealed_paths(config: Config, plan: RunPlan) -> tuple[str, ...]:
    """Return every file and folder that must not change while a run goes on, relative to the project."""
    names = {
        *plan.code,
        *plan.params_files,
        *(pin.path for pin in config.data),
        config.path.relative_to(config.root).as_posix(),
    }
    if config.environment.lock:
        names.add(config.environment.lock)
    return tuple(sorted(names))


def hook_folder(folder: Path, step: Step) -> Path:
    """Return the folder that receives what the hook reports of a step."""
    return folder / "hook" / step.name


def run_step(
    config: Config, step: Step, request: RunRequest, consumed: Consumed, knobs: Mapping[str, str]
) -> StepRecord:
    """Run a step, or restore what it wrote when it ran with the same inputs.

    Args:
        config: of the project.
        step: to run.
        request: how and where.
        consumed: digests of what it reads.
        knobs: determinism settings, by variable.

    Raises:
        StepError: it failed or broke its promises.
    """
    hook = hook_folder(request.folder, step)
    hook.mkdir(parents=True)
    wanted = _wanted(config, step, request, knobs)
    if request.reuse is None:
        return _execute(step, request, wanted)
    key = _key(config, step, request, consumed, knobs)
    # What the processes reported belongs to the result: without it packages and kernels are unknown.
    reported = request.reuse.folder.with_name("hooks") / key.digest().value
    with request.reuse.turn(key):
        restored = request.reuse.restore(step, key, wanted) if reported.is_dir() else None
        if restored is not None:
            shutil.copytree(reported, hook, dirs_exist_ok=True)
            return restored
        record = _execute(step, request, wanted)
        if request.reuse.store(key, config.root):
            shutil.copytree(hook, reported, dirs_exist_ok=True)
        return record


def _wanted(config: Config, step: Step, request: RunRequest, knobs: Mapping[str, str]) -> StepRequest:
    """Return how a step is started."""
    seeding = config.determinism.profile != "off" or config.determinism.entropy == "seed"
    seed = config.seed if seeding else None
    attached = hook_variables(
        folder=hook_folder(request.folder, step),
        root=config.root,
        seed=seed,
        entropy=config.determinism.entropy,
        pythonpath=_pythonpath(step, request.environment),
        cap_threads=config.determinism.cap,
    )
    disturbance = request.disturbance
    settings = laid(disturbance, base=request.environment.variables, pinned={**knobs, **step.env})
    return StepRequest(
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
        followed=step.name != request.plan.steps[-1].name,
    )


def _pythonpath(step: Step, environment: Environment) -> str:
    """Join what the step wants on PYTHONPATH and what a dev shell of Nix has there."""
    parts = (step.env.get("PYTHONPATH", ""), environment.variables.get("PYTHONPATH", ""))
    return os.pathsep.join(part for part in parts if part)


def _execute(step: Step, request: RunRequest, wanted: StepRequest) -> StepRecord:
    step = as_program(step)
    with listening(hook_folder(request.folder, step)) as listener:
        try:
            return _enclosed(step, request, wanted, listener)
        except StepFailed as error:
            inputs = request.plan.inputs[step.name]
            raise with_pointer(error, wanted.root, (*inputs.code, *inputs.data)) from error


def _enclosed(step: Step, request: RunRequest, wanted: StepRequest, listener: ProcessListener) -> StepRecord:
    if request.sandbox is None:
        return request.executor.run(step, wanted, request.progress)
    with request.sandbox.enclose(step, wanted) as enclosed:
        listener.elsewhere = enclosed.elsewhere
        return request.executor.run(step, enclosed.request, request.progress)


def failed_record(step: Step, error: StepError) -> StepRecord:
    """Return the record of a step that ended the run."""
    if isinstance(error, StepFailed):
        return error.record
    return StepRecord(name=step.name, trained=False, exit_code=-1, seconds=0.0, reason=error.what)


def _key(
    config: Config, step: Step, request: RunRequest, consumed: Consumed, knobs: Mapping[str, str]
) -> StepKey:
    from repro_action.steps.reuse import StepKey

    inputs = request.plan.inputs[step.name]
    now = digest_now(config, None)
    made = {path: now(path) for path in inputs.intermediate}
    salt = request.reuse.salt if request.reuse is not None else ""
    return StepKey(
        command=step.run,
        cwd=step.cwd,
        outputs=step.outputs,
        variables={**knobs, **policy_of(config), **step.env, **({"": salt} if salt else {})},
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
