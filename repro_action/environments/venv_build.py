# SPDX-License-Identifier: Apache-2.0
"""A virtual environment built from its lock file: by uv where it is there, by pip where not.

Builders exclude each other by a file lock that the installer they start inherits, so even an orphan of a
killed build keeps it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from repro_action.environments.building import build_enclosure, installer_variables, remove_distribution
from repro_action.environments.command import run_visibly
from repro_action.environments.uv import UvInstall, uv_install
from repro_action.environments.venv_plan import VenvPlan
from repro_action.errors import EnvironmentUnavailable
from repro_action.interpreter.cache import replace
from repro_action.interpreter.inspect import Inspection
from repro_action.progress import Progress

# What `python -m venv` brings along by itself; its version differs between interpreters.
_BUNDLED = ("pip", "setuptools")

# Of large packages they are half, and no training imports them.
_TESTS = "/site-packages/.+/tests?/"


def build(plan: VenvPlan, progress: Progress) -> Inspection:
    """Build an environment, unless another process does so meanwhile.

    Raises:
        EnvironmentUnavailable: the build failed, or the cache cannot be written.
    """
    with _exclusive(plan.folder.with_name(f"{plan.folder.name}.lock"), progress) as descriptor:
        # Another process may have built it while this one waited.
        return plan.inspect() or _VenvBuild(plan=plan, progress=progress, descriptor=descriptor).build()


@dataclass(frozen=True, slots=True, kw_only=True)
class _VenvBuild:
    """One build, by the process that has the file lock.

    Attributes:
        plan: what to build.
        progress: where it reports.
        descriptor: of the file lock, for the installer to inherit.
    """

    plan: VenvPlan
    progress: Progress
    descriptor: int

    def build(self) -> Inspection:
        plan = self.plan
        self.progress.stage("building the environment")
        uv = uv_install(plan.environ, plan.base.interpreter.prefix, source_builds=plan.source_builds)
        try:
            if uv is None:
                self._build_with_pip()
            else:
                self._build_with_uv(uv)
        except EnvironmentUnavailable:
            if uv is None:
                raise
            # Whatever pip can install counts, and its errors are those that people know.
            self._build_with_pip()
        seen = plan.inspect_folder()
        replace(plan.marker, f"{seen.digest}\n")
        return seen

    def _build_with_uv(self, uv: UvInstall) -> None:
        lock = self._make("--without-pip")
        command = (*uv.command(self.plan.python, lock), *self._kinds)
        self._install(command, {**installer_variables(self.plan.environ), **uv.variables})
        self._compile()

    def _compile(self) -> None:
        """Write the byte code of what is installed, as pip does: no step can, and each would compile anew."""
        # Without `site` and in the interpreter below the environment: nothing that was installed is run.
        options = ("-I", "-S", "-m", "compileall", "-q", "-q", "-f", "-j", "0", "-x", _TESTS)
        command = (self.plan.base.interpreter.python, *options, self.plan.folder / "lib")
        # What does not compile, such as a template, has no byte code, and its import says why.
        with suppress(EnvironmentUnavailable):
            self._run(command, installer_variables(self.plan.environ), self.plan.folder)

    def _build_with_pip(self) -> None:
        pip, spare = self._pip()
        bare = ("--without-pip",) if not spare else ()
        lock = self._make(*bare)
        command = (*pip, "install", "--require-hashes", *self._kinds, "-r", lock)
        self._install(command, installer_variables(self.plan.environ))
        for name in spare:
            if name not in self.plan.lock.names:
                remove_distribution(self.plan.folder, name)

    @property
    def _kinds(self) -> tuple[str, ...]:
        # Building a source archive runs what is in it; unpacking a wheel runs nothing.
        return () if self.plan.source_builds else ("--only-binary", ":all:")

    def _make(self, *options: str) -> Path:
        """Make an empty environment; return the lock file in it."""
        folder = self.plan.folder
        shutil.rmtree(folder, ignore_errors=True)
        command = (self.plan.base.interpreter.python, "-I", "-m", "venv", "--clear", *options, folder)
        self._run(command, installer_variables(self.plan.environ), folder.parent)
        lock = folder / "requirements.lock"
        lock.write_text(self.plan.lock.text, encoding="utf-8")
        return lock

    def _pip(self) -> tuple[tuple[str | Path, ...], tuple[str, ...]]:
        """Return pip's command, and what must be removed again once it has done its work."""
        options = ("-m", "pip", "--disable-pip-version-check", "--no-input")
        base, python = self.plan.base, self.plan.python
        version = next((one.version for one in base.distributions if one.name == "pip"), "")
        if _release(version) >= (22, 3):  # the first with --python
            # Saves the 3 s in which a new environment gets a pip of its own.
            return (base.interpreter.python, "-I", *options, "--python", python), ()
        return (python, "-I", *options), _BUNDLED

    def _install(self, command: Sequence[str | Path], environ: Mapping[str, str]) -> None:
        with self._enclosure(str(command[0]), environ) as (prefix, variables):
            # Nothing in the folder is a file that a requirement could be taken for.
            self._run((*prefix, *command), variables, self.plan.folder)

    def _enclosure(
        self, program: str, environ: Mapping[str, str]
    ) -> AbstractContextManager[tuple[tuple[str, ...], Mapping[str, str]]]:
        if self.plan.source_builds:
            return build_enclosure(self.plan.folder, self.plan.base.interpreter, program, environ)
        return nullcontext(((), environ))

    def _run(self, command: Sequence[object], environ: Mapping[str, str], folder: Path) -> None:
        run_visibly(
            list(map(str, command)),
            environ=environ,
            progress=self.progress,
            keep_open=self.descriptor,
            folder=folder,
        )


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


@contextmanager
def _exclusive(path: Path, progress: Progress) -> Iterator[int]:
    """Lock a file for this process alone, and yield its descriptor."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EnvironmentUnavailable(
            f"the cache folder {path.parent} cannot be written",
            why=str(error),
            remedy="Set REPRO_CACHE_DIR to a folder that can.",
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.stage("waiting for another process that builds this environment")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
