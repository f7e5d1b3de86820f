# SPDX-License-Identifier: Apache-2.0
"""`repro init --trace`: runs the proposed steps once, as they are, and sees what they read and write."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from repro_action.config.model import Config, Step
from repro_action.determinism.attach import hook_variables
from repro_action.determinism.read import merge, read_reports
from repro_action.environments import backend_for
from repro_action.errors import StepError
from repro_action.init.traced import TracedStep
from repro_action.init.walk import is_skipped, list_files
from repro_action.interpreter.environment import Environment
from repro_action.observation import ObservationKind
from repro_action.progress import Progress
from repro_action.steps.diagnosis import last_lines
from repro_action.steps.execute import LocalExecutor
from repro_action.steps.opened_files import OpenedFiles
from repro_action.steps.record import StepFailed, StepRequest


def trace_steps(config: Config, progress: Progress) -> tuple[TracedStep, ...]:
    """Run steps in their order, without a sandbox and in the project itself, until one fails.

    What a step writes stays, as when people run it themselves.

    Args:
        config: what is proposed.
        progress: receives the steps' output.

    Raises:
        EnvironmentUnavailable: the environment cannot be built or inspected.
        Interrupted: the user stopped it.
    """
    environment = backend_for(config).prepare(config, progress)
    traced: list[TracedStep] = []
    for index, step in enumerate(config.steps, start=1):
        progress.stage(f"tracing step {index} of {len(config.steps)}: {step.name}")
        with tempfile.TemporaryDirectory(prefix="repro-trace-") as folder:
            traced.append(_trace(config, step, environment, Path(folder), progress))
        if traced[-1].failure:
            break
    return tuple(traced)


def _trace(
    config: Config, step: Step, environment: Environment, folder: Path, progress: Progress
) -> TracedStep:
    before = _states(config.root)
    failure = ""
    reports = folder / "hook"
    reports.mkdir()
    own = step.env.get("PYTHONPATH", "")
    attached = hook_variables(folder=reports, root=config.root, seed=config.seed, pythonpath=own)
    # Code that was compiled before would not be read.
    fresh = {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "PYTHONDONTWRITEBYTECODE": "1"}
    request = StepRequest(
        root=config.root,
        python=environment.python,
        variables={**environment.variables, **step.env, **attached, **fresh},
        log=folder / "log",
    )
    for output in step.outputs:
        (config.root / output).parent.mkdir(parents=True, exist_ok=True)
    # What is declared as an output is left where it is: nothing is to be cleared before it.
    runs = Step(name=step.name, run=step.run, cwd=step.cwd, env=step.env)
    with OpenedFiles(os.fspath(config.root), is_skipped) as opened:
        try:
            LocalExecutor().run(runs, request, progress)
        except StepFailed as error:
            said = last_lines(error.record.tail).splitlines()
            failure = f"{error.what}: {said[-1].strip()}" if said else error.what
        except StepError as error:
            failure = error.what
    after = _states(config.root)
    written = tuple(sorted(path for path, state in after.items() if before.get(path) != state))
    read = {*opened.read, *_reported(reports)} & before.keys()
    return TracedStep(
        name=step.name, read=tuple(sorted(read - set(written))), written=written, failure=failure
    )


def _reported(reports: Path) -> Iterator[str]:
    """Yield what Python itself told of: files that were opened and modules that were imported."""
    merged = merge(read_reports(reports))
    yield from merged.project
    for seen in merged.observations:
        if seen.kind is ObservationKind.READ and not seen.missing:
            yield seen.detail


def _states(root: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of change of each file of the project."""
    found: dict[str, tuple[int, int]] = {}
    for path in list_files(root).files:
        try:
            status = (root / path).stat()
        except OSError:
            continue  # a link that leads nowhere, or a file that went away
        found[path] = status.st_size, status.st_mtime_ns
    return found
