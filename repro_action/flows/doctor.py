# SPDX-License-Identifier: Apache-2.0
"""`repro doctor`: can this machine and project give reproducible results, and what is in the way?"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from repro_action.config.model import Config, SandboxConfig, Step
from repro_action.data.check import check_pins
from repro_action.determinism.attach import hook_variables
from repro_action.determinism.judge import judge
from repro_action.determinism.profile import expectations
from repro_action.determinism.read import HookReport, merge, read_reports
from repro_action.environments.backend import EnvironmentBackend
from repro_action.environments.checks import Check, Health
from repro_action.environments.circumstances import platform_class
from repro_action.errors import ReproError
from repro_action.flows.doctor_archive import archived
from repro_action.flows.doctor_arithmetic import arithmetic
from repro_action.init.commands import without_options
from repro_action.init.undeclared import read_sentence, undeclared_reads
from repro_action.interpreter.environment import Environment
from repro_action.interpreter.trusted import trusted_program, untrusted_folders
from repro_action.paths.names import normal
from repro_action.paths.patterns import within
from repro_action.progress import Progress
from repro_action.report.build.sandbox_notices import unenforced
from repro_action.runs.materials import knobs_of
from repro_action.runs.plan import make_plan
from repro_action.runs.project import Project
from repro_action.sandbox.protocol import Sandbox
from repro_action.sandbox.select import select
from repro_action.steps.execute import PYTHONS
from repro_action.steps.record import StepRequest

LOW_DISK = 1 << 30

# Loads what is there, so that the hook can report the kernels in use; prints nothing.
_PROBE = """
import importlib
for name in ("numpy", "scipy.linalg", "sklearn", "torch"):
    try:
        importlib.import_module(name)
    except Exception:
        pass
"""


def doctor(
    project: Callable[[], Project], backend_for: Callable[[Project], EnvironmentBackend], progress: Progress
) -> tuple[Check, ...]:
    """Look at everything; a check that cannot be made is itself a finding."""
    try:
        opened = project()
    except ReproError as error:
        return (_bad("configuration", error),)
    found = [Check(name="configuration", health=Health.OK, found=f"{opened.config.path.name} is valid")]
    found += _data(opened, progress)
    found += _steps(opened)
    found += _undeclared(opened.config)
    found += _git(opened)
    found += _disk(opened)
    found += archived(opened.config)
    try:
        backend = backend_for(opened)
        found += backend.checks(opened.config)
        environment = backend.prepare(opened.config, progress)
    except ReproError as error:
        return (*found, _bad("environment", error))
    count = len(environment.distributions)
    text = f"{environment.backend}, Python {environment.python_version}, {count} packages"
    found.append(Check(name="environment", health=Health.OK, found=text))
    found.append(check_commands(opened.config, environment.variables))
    found += _machine(opened, environment)
    found += _sandbox(opened.config, backend, environment)
    progress.stage("asking the environment which knobs take effect")
    found += _knobs(opened, environment)
    return tuple(found)


def _bad(name: str, error: ReproError) -> Check:
    where = f"{error.where}: " if error.where else ""
    details = tuple(error.why.splitlines())
    return Check(
        name=name, health=Health.BAD, found=f"{where}{error.what}", details=details, remedy=error.remedy
    )


def _data(project: Project, progress: Progress) -> Iterator[Check]:
    try:
        with project.stat_cache() as cache:
            pins = check_pins(project.config, cache, progress, project.history.versions)
    except ReproError as error:
        yield _bad("data", error)
        return
    count = f"{len(pins)} pins match their data" if len(pins) != 1 else "1 pin matches its data"
    yield Check(name="data", health=Health.OK, found=count if pins else "nothing is pinned")


def _undeclared(config: Config) -> Iterator[Check]:
    for read in undeclared_reads(config):
        yield Check(
            name="inputs",
            health=Health.WARN,
            found=read_sentence(read),
            remedy="If it affects the model, add it to `inputs` of its step, and `repro pin "
            f"{read.path}` it.",
        )


def check_commands(config: Config, variables: Mapping[str, str]) -> Check:
    """Look whether the command of each step can be started.

    Args:
        config: the steps.
        variables: of the environment; its PATH decides.
    """
    written = [output for step in config.steps for output in step.outputs]
    missing = []
    for step in config.steps:
        search = variables.get("PATH", os.defpath)
        found = _missing(step, config.root, search, written)
        if found:
            missing.append(f"{step.name}: {found}")
    if not missing:
        return Check(name="commands", health=Health.OK, found="every step can be started")
    return Check(
        name="commands",
        health=Health.BAD,
        found=missing[0],
        details=tuple(missing[1:]),
        remedy="Correct `run`; its paths start from the project's folder, or from `cwd` of the step.",
    )


def _missing(step: Step, root: Path, search: str, written: Sequence[str]) -> str:
    """Say what a command lacks; empty where nothing is missing as far as is known."""
    if not (root / (step.cwd or ".")).is_dir() and not any(within(step.cwd, output) for output in written):
        return f"there is no folder {step.cwd}"
    name = step.run[0]
    if step.notebook:
        return "" if (root / step.notebook).is_file() else f"there is no {step.notebook}"
    if name in PYTHONS:
        given = next(iter(without_options(step.run[1:])), "")
        script = step.in_project(given)
        made = any(within(normal(script), output) for output in written)
        there = made or (root / script).is_file() or not given.endswith(".py")
        return "" if there else f"there is no {script}"
    if "/" in name:
        path = step.in_project(name)
        if any(within(normal(path), output) for output in written):
            return ""
        if not (root / path).is_file():
            return f"there is no {path}"
        return "" if os.access(root / path, os.X_OK) else f"{path} is not executable"
    folders = os.pathsep.join(str(root / step.cwd / folder) for folder in search.split(os.pathsep))
    return "" if shutil.which(name, path=folders) else f"{name} is not on the PATH of the environment"


def _steps(project: Project) -> Iterator[Check]:
    try:
        plan = make_plan(project.config)
    except ReproError as error:
        yield _bad("steps", error)
        return
    if not plan.outputs:
        yield Check(
            name="outputs",
            health=Health.BAD,
            found="no step declares an output, so there would be nothing to compare",
            remedy="Let a step save its model and metrics, and name the files in `outputs`.",
        )
        return
    order = " → ".join(step.name for step in plan.steps)
    yield Check(name="steps", health=Health.OK, found=order)
    silent = [step.name for step in plan.steps if not step.outputs]
    if silent:
        yield Check(
            name="outputs",
            health=Health.WARN,
            found=f"{', '.join(silent)} declare no outputs, so nothing that they write is compared",
            remedy="Declare what they write in `outputs`.",
        )


def _git(project: Project) -> Iterator[Check]:
    history, config = project.history, project.config
    if shutil.which("git") is None or not history.inside:
        yield Check(
            name="git",
            health=Health.WARN,
            found="the project is not in a git repository",
            remedy="Run `git init`; the baseline is meant to be committed and reviewed.",
        )
        return
    name = config.baseline_path.name
    if not config.baseline_path.exists():
        remedy = "Run `repro verify`, then `repro accept`."
        yield Check(name="baseline", health=Health.WARN, found="there is none yet", remedy=remedy)
    elif history.is_ignored(name):
        remedy = f"Take {name} out of .gitignore: it is what pull requests are compared with."
        yield Check(name="baseline", health=Health.BAD, found=f"git ignores {name}", remedy=remedy)
    elif not history.is_tracked(name):
        yield Check(
            name="baseline", health=Health.WARN, found=f"{name} is not committed", remedy=f"git add {name}"
        )
    elif (broken := _broken_baseline(project)) is not None:
        yield broken
    else:
        yield Check(name="baseline", health=Health.OK, found=f"{name} is tracked by git")


def _broken_baseline(project: Project) -> Check | None:
    try:
        project.baseline()
    except ReproError as error:
        return _bad("baseline", error)
    return None


def _disk(project: Project) -> Iterator[Check]:
    free = shutil.disk_usage(project.config.root).free
    low = free < LOW_DISK
    yield Check(
        name="disk",
        health=Health.WARN if low else Health.OK,
        found=f"{free / (1 << 30):.1f} GiB free",
        remedy="Free some space; environments and caches need it." if low else "",
    )


def _machine(project: Project, environment: Environment) -> Iterator[Check]:
    around = environment.circumstances
    try:
        platform = platform_class(project.config.determinism.profile, around)
    except ReproError as error:
        yield _bad("machine", error)
        return
    text = (
        f"{around.get('cpu', 'unknown CPU')} ({around.get('cpu_level', 'unknown level')}), class {platform}"
    )
    yield Check(name="machine", health=Health.OK, found=text)


def _sandbox(config: Config, backend: EnvironmentBackend, environment: Environment) -> Iterator[Check]:
    try:
        enforced = backend.enclosure(config, environment).enforced
    except ReproError as error:
        yield _bad("sandbox", error)
        return
    if not unenforced(config, enforced):
        yield Check(name="sandbox", health=Health.OK, found=enforced.text)
        return
    remedy = "Install bubblewrap or allow user namespaces; see docs/security.md."
    yield Check(name="sandbox", health=Health.WARN, found=enforced.text, remedy=remedy)


def _knobs(project: Project, environment: Environment) -> Iterator[Check]:
    config = project.config
    # NOTE: whatever the project asks for: importing packages runs what its lock brought.
    try:
        sandbox = select(replace(config, sandbox=SandboxConfig()), environment)
    except ReproError as error:
        yield _bad("knobs", error)
        return
    if not sandbox.enforced.files and not _is_own(config, environment):
        found = "not asked: packages of the project would run without a sandbox"
        yield Check(name="knobs", health=Health.WARN, found=found, remedy=f"{sandbox.enforced.reason}.")
        return
    yield from arithmetic(project, environment, sandbox)
    with tempfile.TemporaryDirectory(prefix="repro-doctor-") as name:
        try:
            reports = _hook_reports(config, environment, sandbox, Path(name))
        except (OSError, subprocess.TimeoutExpired, ReproError) as error:
            remedy = "Run the interpreter by hand."
            yield Check(
                name="knobs", health=Health.BAD, found=f"the probe did not finish: {error}", remedy=remedy
            )
            return
    expected = expectations(
        config.determinism.profile,
        seed=config.seed,
        threads=config.determinism.threads,
        environment=environment,
    )
    judgement = judge(reports, expected)
    for warning in judgement.warnings:
        text = f"{warning.knob}: expected {warning.expected}, found {warning.found}"
        yield Check(name="knobs", health=Health.WARN, found=text, remedy=warning.reason)
    if not judgement.warnings:
        kernels = sorted(
            {library.architecture for library in merge(reports).libraries if library.architecture}
        )
        blas = f", BLAS kernel {', '.join(kernels)}" if kernels else ""
        text = (
            f"profile {config.determinism.profile} takes effect, threads {config.determinism.threads}{blas}"
        )
        yield Check(name="knobs", health=Health.OK, found=text)


def _is_own(config: Config, environment: Environment) -> bool:
    """Whether the environment is the caller's: neither built from the project nor a part of it."""
    python = environment.python
    return environment.shared and trusted_program(python, untrusted_folders(config.root)) == python


def _hook_reports(
    config: Config, environment: Environment, sandbox: Sandbox, folder: Path
) -> tuple[HookReport, ...]:
    """Load numeric libraries as a step would, and return what the hook reports of them."""
    own = environment.variables.get("PYTHONPATH", "")
    reports = folder / "reports"
    reports.mkdir()
    hook = hook_variables(folder=reports, root=config.root, seed=config.seed, pythonpath=own)
    request = StepRequest(
        root=config.root,
        python=environment.python,
        variables={**environment.variables, **knobs_of(config, environment), **hook},
        log=folder / "run" / "logs" / "knobs.log",
    )
    step = Step(name="knobs", run=("python", "-c", _PROBE))
    with sandbox.enclose(step, request) as enclosed:
        subprocess.run(
            [*enclosed.request.surroundings, environment.python, "-c", _PROBE],
            env=enclosed.request.variables,
            cwd=enclosed.request.root if enclosed.request.surroundings else folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
    return read_reports(reports)
