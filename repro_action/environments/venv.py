# SPDX-License-Identifier: Apache-2.0
"""The `venv` backend: a virtual environment that holds what a hash-locked file says, and nothing else.

It is built once for each combination of lock, interpreter and platform, in the user's cache: by uv
where it is there, by pip where not, to the same digest. `.complete` is written last and holds that
digest: what lacks it, or no longer agrees with it, is removed and built again. Builders exclude each
other by a file lock that the installer they start inherits, so even an orphan of a killed build keeps
it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from repro_action.config.model import Config
from repro_action.environments.backend import EnvironmentBackend, SourceFiles
from repro_action.environments.building import build_enclosure, installer_variables, remove_distribution
from repro_action.environments.cache import cache_folder, replace
from repro_action.environments.command import run_visibly
from repro_action.environments.current import as_environment, inspect_project
from repro_action.environments.inspect import Inspection, inspect
from repro_action.environments.lock import LockFile, read_lock
from repro_action.environments.protocol import Environment
from repro_action.errors import ConfigError, EnvironmentUnavailable
from repro_action.progress import Progress

if TYPE_CHECKING:
    from repro_action.environments.uv import UvInstall

# What `python -m venv` brings along by itself; its version differs between interpreters.
_BROUGHT = ("pip", "setuptools")


@dataclass(frozen=True, slots=True, kw_only=True)
class Venv(EnvironmentBackend):
    """Builds a virtual environment from `environment.lock`.

    Attributes:
        environ: the caller's variables; pip's settings of indexes are respected, by uv as well.
    """

    uses_callers_python: ClassVar[bool] = True

    environ: Mapping[str, str]
    name: str = "venv"

    def peek(self, config: Config) -> Environment | None:
        """Return the environment if it is built; never builds."""
        plan = self._plan(config)
        seen = plan.inspect()
        return None if seen is None else self._environment(config, plan, seen)

    def prepare(self, config: Config, progress: Progress) -> Environment:
        """Return the environment; build it if it is not there whole.

        Raises:
            EnvironmentUnavailable: no lock, a lock without hashes, no interpreter, or a
                build that failed.
        """
        plan = self._plan(config)
        seen = plan.inspect()
        if seen is None:
            with _exclusive(plan.folder.with_name(f"{plan.folder.name}.lock"), progress) as descriptor:
                # Another process may have built it while this one waited.
                seen = plan.inspect() or plan.build(progress, descriptor)
        return self._environment(config, plan, seen)

    def sources(self, config: Config) -> SourceFiles:
        """Return the lock file."""
        lock = config.environment.lock
        return SourceFiles(named=(lock,) if lock else ())

    def _plan(self, config: Config) -> _Plan:
        lock = read_lock(config)
        cache = cache_folder(self.environ)
        seen = inspect_project(config, self.environ)
        base = seen.interpreter
        parts = (lock.digest.value, base.version, base.implementation, sysconfig.get_platform())
        built = ("built",) if config.environment.allow_source_builds else ()
        key = hashlib.sha256("\n".join((*parts, *built)).encode()).hexdigest()[:32]
        folder = cache / "venvs" / key
        return _Plan(
            lock=lock,
            base=seen,
            cache=cache,
            folder=folder,
            environ=self.environ,
            source_builds=config.environment.allow_source_builds,
        )

    def _environment(self, config: Config, plan: _Plan, seen: Inspection) -> Environment:
        return as_environment(self.name, config, seen, self.environ, {"lock": str(plan.lock.digest)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Which environment is wanted, and where it stands."""

    lock: LockFile
    base: Inspection
    cache: Path
    folder: Path
    environ: Mapping[str, str]
    source_builds: bool

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def marker(self) -> Path:
        return self.folder / ".complete"

    def inspect(self) -> Inspection | None:
        """Return what was built, if it is whole and as it was when it was built."""
        try:
            promised = self.marker.read_text(encoding="ascii").strip()
            seen = self._inspect()
        except (OSError, UnicodeDecodeError, EnvironmentUnavailable, ConfigError):
            return None
        return seen if str(seen.digest) == promised else None

    def _inspect(self) -> Inspection:
        # A wheel can bring a script called `python`: nothing that was installed is run here.
        return inspect(
            self.python, self.cache, brought=(os.path.realpath(self.folder),), where="environment.lock"
        )

    def build(self, progress: Progress, descriptor: int) -> Inspection:
        from repro_action.environments.uv import uv_install  # only a build needs what it loads

        progress.stage("building the environment")
        uv = uv_install(self.environ, self.base.interpreter.prefix, source_builds=self.source_builds)
        try:
            if uv is None:
                self._build_with_pip(progress, descriptor)
            else:
                self._build_with_uv(uv, progress, descriptor)
        except EnvironmentUnavailable:
            if uv is None:
                raise
            # Whatever pip can install counts, and its errors are those that people know.
            self._build_with_pip(progress, descriptor)
        seen = self._inspect()
        replace(self.marker, f"{seen.digest}\n")
        return seen

    def _build_with_uv(self, uv: UvInstall, progress: Progress, descriptor: int) -> None:
        lock = self._make("--without-pip", progress=progress, descriptor=descriptor)
        command = (*uv.command(self.python, lock), *self._kinds)
        self._install(command, progress, descriptor, {**installer_variables(self.environ), **uv.variables})

    def _build_with_pip(self, progress: Progress, descriptor: int) -> None:
        pip, spare = self._pip()
        bare = ("--without-pip",) if not spare else ()
        lock = self._make(*bare, progress=progress, descriptor=descriptor)
        command = (*pip, "install", "--require-hashes", *self._kinds, "-r", lock)
        self._install(command, progress, descriptor, installer_variables(self.environ))
        for name in spare:
            if name not in self.lock.names:
                remove_distribution(self.folder, name)

    @property
    def _kinds(self) -> tuple[str, ...]:
        # Building a source archive runs what is in it; unpacking a wheel runs nothing.
        return () if self.source_builds else ("--only-binary", ":all:")

    def _make(self, *options: str, progress: Progress, descriptor: int) -> Path:
        """Make an empty environment; return the lock file in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        python = self.base.interpreter.python
        command = (python, "-I", "-m", "venv", "--clear", *options, self.folder)
        run_visibly(
            list(map(str, command)),
            environ=installer_variables(self.environ),
            progress=progress,
            keep_open=descriptor,
            folder=self.folder.parent,
        )
        lock = self.folder / "requirements.lock"
        lock.write_text(self.lock.text, encoding="utf-8")
        return lock

    def _pip(self) -> tuple[tuple[str | Path, ...], tuple[str, ...]]:
        """Return pip's command, and what must be removed again once it has done its work."""
        options = ("-m", "pip", "--disable-pip-version-check", "--no-input")
        version = next((one.version for one in self.base.distributions if one.name == "pip"), "")
        if _release(version) >= (22, 3):  # the first with --python
            # Saves the 3 s in which a new environment gets a pip of its own.
            return (self.base.interpreter.python, "-I", *options, "--python", self.python), ()
        return (self.python, "-I", *options), _BROUGHT

    def _enclosure(
        self, program: str | Path, environ: Mapping[str, str]
    ) -> AbstractContextManager[tuple[tuple[str, ...], Mapping[str, str]]]:
        if self.source_builds:
            return build_enclosure(self.folder, self.base.interpreter, program, environ)
        return nullcontext(((), environ))

    def _install(
        self,
        command: Sequence[str | Path],
        progress: Progress,
        descriptor: int,
        environ: Mapping[str, str],
    ) -> None:
        with self._enclosure(command[0], environ) as (prefix, variables):
            run_visibly(
                [*prefix, *map(str, command)],
                environ=variables,
                progress=progress,
                keep_open=descriptor,
                # Nothing there is a file that a requirement could be taken for.
                folder=self.folder,
            )


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


@contextmanager
def _exclusive(path: Path, progress: Progress) -> Iterator[int]:
    """Hold an exclusive lock on a file, and yield its descriptor."""
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
