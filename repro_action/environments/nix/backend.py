# SPDX-License-Identifier: Apache-2.0
"""The `nix` backend: steps run in a flake's dev shell, with its variables and nothing else.

The shell is realised once, with `nix print-dev-env`, and remembered in the user's cache for
as long as the files that it is made of stay as they are; a profile beside the entry keeps it
from being collected. With a remembered shell no process of Nix is started at all.

`shellHook` is not run: it is a script for people at a prompt, and what it sets would depend
on their session. The `nix-build` backend takes its environment from here too.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from repro_action.config.model import Config
from repro_action.digest import Digest
from repro_action.environments.backend import EnvironmentBackend, SourceFiles
from repro_action.environments.circumstances import circumstances
from repro_action.environments.nix import shell as nix_shell
from repro_action.environments.nix.command import Nix, NixProgram, NixResult, system
from repro_action.environments.nix.errors import explain
from repro_action.environments.nix.flake import (
    Flake,
    Sources,
    find_flake,
    nixpkgs_revision,
    sources,
    untracked,
)
from repro_action.environments.nix.shell import Shell
from repro_action.environments.variables import NEVER
from repro_action.errors import EnvironmentUnavailable
from repro_action.interpreter import cache
from repro_action.interpreter.environment import Environment
from repro_action.interpreter.inspect import inspect
from repro_action.progress import Progress, Silent

if TYPE_CHECKING:
    from repro_action.environments.checks import Check

_MAX_COPY = 32 << 20
_LOCKED = "--no-update-lock-file"
_LIBRARY = "library "


@dataclass(frozen=True, slots=True, kw_only=True)
class NixShell(EnvironmentBackend):
    """Realises the dev shell that `environment.flake` names.

    Attributes:
        environ: the caller's variables.
        nix: the way to Nix; None for the program on PATH.
        name: the backend's.
    """

    programs: ClassVar[tuple[str, ...]] = ("nix",)
    builds_steps: ClassVar[bool] = False

    environ: Mapping[str, str]
    nix: Nix | None = None
    name: str = "nix"

    def peek(self, config: Config) -> Environment | None:
        """Return the environment if its shell is remembered; starts no process of Nix."""
        work = self._work(config)
        now = sources(work.flake)
        shell = work.remembered(now)
        return None if shell is None else self._environment(config, work, shell, dirty=now.dirty)

    def prepare(self, config: Config, progress: Progress) -> Environment:
        """Return the environment; realise its shell if it is not remembered.

        Raises:
            EnvironmentUnavailable: no Nix, no such shell, or a shell that cannot be built.
        """
        work = self._work(config)
        before = sources(work.flake)
        shell = work.remembered(before)
        if shell is None:
            progress.stage("realising the dev shell")
            shell = work.realise(before, progress)
        home = home_of(config)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True, exist_ok=True)
        return self._environment(config, work, shell, dirty=before.dirty)

    def sources(self, config: Config) -> SourceFiles:
        """Return what lies below the flake."""
        return SourceFiles(below=Path(os.path.realpath(find_flake(config).folder)))

    def checks(self, config: Config) -> Iterable[Check]:
        """Look at Nix, its settings and the flake."""
        from repro_action.environments.nix.checks import nix_checks

        return nix_checks(config, self._nix, builds_steps=self.builds_steps)

    @property
    def _nix(self) -> Nix:
        return self.nix or NixProgram(environ=self.environ)

    def _work(self, config: Config) -> _Work:
        return _Work(
            flake=find_flake(config),
            system=system(),
            folder=cache.cache_folder(self.environ) / "nix",
            nix=self._nix,
        )

    def _environment(self, config: Config, work: _Work, shell: Shell, *, dirty: bool) -> Environment:
        python = find_python(shell, work.flake)
        variables = self._variables(config, shell)
        folder = cache.cache_folder(self.environ)
        seen = inspect(python, folder)
        given = _given(variables.pop("PYTHONPATH", ""), seen.interpreter.folders)
        if given:
            variables["PYTHONPATH"] = os.pathsep.join(map(str, given))
            seen = inspect(python, folder, first=given)
        revision = nixpkgs_revision(work.flake)
        made = shell.derivation.removeprefix(nix_shell.STORE)
        # What Python itself lists among its packages is no library besides.
        listed = {(one.name, one.version) for one in seen.distributions}
        libraries = {
            f"{_LIBRARY}{name}": version
            for name, version in shell.closure.libraries.items()
            if (name, version) not in listed
        }
        return Environment(
            backend=self.name,
            digest=Digest("sha256", hashlib.sha256(made.encode()).hexdigest()),
            python=python,
            python_version=seen.interpreter.version,
            implementation=seen.interpreter.implementation,
            variables=variables,
            distributions=seen.distributions,
            circumstances=circumstances(),
            identity={
                **({"nixpkgs": revision} if revision else {}),
                "shell": made.removesuffix(".drv"),
                **libraries,
            },
            facts={
                **({"flake": "with uncommitted changes"} if dirty else {}),
                **({"nixpkgs": revision[:12]} if revision else {}),
                "closure": f"{shell.closure.paths} store paths, {_bytes(shell.closure.size)}",
            },
        )

    def _variables(self, config: Config, shell: Shell) -> dict[str, str]:
        kept = dict(shell.variables)
        for name, value in self.environ.items():
            named = any(fnmatchcase(name, glob) for glob in config.environment.inherit)
            if named and name != "PATH" and name not in NEVER:
                kept[name] = value
        # NOTE: not Nix's /homeless-shelter: a step that makes it would stop all builds of Nix here.
        kept.setdefault("HOME", str(home_of(config)))
        kept["PYTHONNOUSERSITE"] = "1"
        kept["PYTHONDONTWRITEBYTECODE"] = "1"
        return dict(sorted(kept.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """Which shell is wanted, and where it is remembered."""

    flake: Flake
    system: str
    folder: Path
    nix: Nix
    _name: str = field(default="", init=False)

    @property
    def entry(self) -> Path:
        text = f"{self.flake.folder}\n{self.flake.shell}\n{self.system}\n"
        return self.folder / f"{hashlib.sha256(os.fsencode(text)).hexdigest()[:32]}.json"

    @property
    def profile(self) -> Path:
        return self.entry.with_suffix("")

    def remembered(self, now: Sources) -> Shell | None:
        """Return the shell if what it is made of is as it was, and it is still in the store."""
        entry = cache.load(self.entry)
        match entry:
            case {"key": str(key), "whole": bool(whole), "shell": {**table}} if key == now.key(whole=whole):
                shell = nix_shell.from_table({str(name): value for name, value in table.items()})
            case _:
                return None
        return shell if shell is not None and os.path.lexists(shell.output) else None

    def realise(self, before: Sources, progress: Progress) -> Shell:
        """Evaluate, build and remember the shell."""
        reference = f".#{self.flake.attribute(self.system)}"
        derivation = self._ask(
            "the evaluation of the dev shell", "eval", "--raw", f"{reference}.drvPath", progress=progress
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        arguments = ("print-dev-env", "--json", "--profile", str(self.profile), reference)
        printed = self._ask("building the dev shell", *arguments, progress=progress)
        variables = nix_shell.exported(printed)
        output = os.path.realpath(self.profile)
        if variables is None or nix_shell.store_path(output) != output:
            raise explain(printed[:500], doing="reading the dev shell", where=self.flake.where)
        roots = nix_shell.store_paths(
            ":".join(
                [
                    next(iter(_pythons(variables)), ""),
                    variables.get("PYTHONPATH", ""),
                    variables.get("LD_LIBRARY_PATH", ""),
                ]
            )
        )
        listed = self._ask("listing the closure", "path-info", "--recursive", "--json", output, locked=False)
        closure = nix_shell.closure(listed, roots)
        if closure is None:
            raise explain(listed[:500], doing="reading the closure", where=self.flake.where)
        shell = Shell(derivation=derivation.strip(), output=output, variables=variables, closure=closure)
        self._remember(before, shell)
        return shell

    def _remember(self, before: Sources, shell: Shell) -> None:
        if sources(self.flake) != before:  # edited meanwhile: nothing says which version was evaluated
            return
        whole = not self._settled(before, shell.derivation)
        table = {"key": before.key(whole=whole), "whole": whole, "shell": shell.as_table()}
        cache.store(self.entry, table)
        kept = self.profile.readlink().name if self.profile.is_symlink() else ""
        for link in self.folder.glob(f"{self.profile.name}-*-link"):
            if link.name != kept:  # each would keep an old shell from being collected
                link.unlink(missing_ok=True)

    def _settled(self, seen: Sources, derivation: str) -> bool:
        """Whether the shell stays the same where the flake sees nothing but what settles it.

        Then an edit of code or data, or a commit, needs no evaluation.
        """
        if not seen.git:
            return False
        with tempfile.TemporaryDirectory(prefix="repro-flake-") as name:
            top = Path(os.path.realpath(name))
            if not _copied(seen, top):
                return False
            inner = os.path.relpath(self.flake.folder, os.path.realpath(seen.top))
            place = f"path:{top}" + ("" if inner == "." else f"?dir={inner}")
            arguments = ("eval", "--raw", _LOCKED, f"{place}#{self.flake.attribute(self.system)}.drvPath")
            done = self.nix.run(arguments, folder=top)
        return done.status == 0 and done.out.strip() == derivation

    def _ask(self, doing: str, *arguments: str, progress: Progress | None = None, locked: bool = True) -> str:
        command, *others = arguments
        lock = (_LOCKED,) if locked else ()
        done: NixResult = self.nix.run(
            (command, *lock, *others), folder=self.flake.folder, progress=progress or Silent()
        )
        if done.status:
            raise explain(done.messages, doing=doing, untracked=untracked(self.flake), where=self.flake.where)
        return done.out


def home_of(config: Config) -> Path:
    """Return the folder that is HOME of steps in Nix's backends; emptied before each run."""
    return config.state / "home"


def find_python(shell: Shell, flake: Flake) -> Path:
    """Return the interpreter on the shell's own PATH.

    Raises:
        EnvironmentUnavailable: there is none, or it does not come from the store.
    """
    found = next(iter(_pythons(shell.variables)), "")
    if not os.path.lexists(shell.output):
        raise EnvironmentUnavailable(
            "the dev shell is not in this machine's store",
            why=f"Steps run on this machine, but {shell.output} is not there.",
            remedy="Remove `store` from nix.conf and NIX_REMOTE; "
            'backend = "nix-build" builds steps in another store with REPRO_NIX_STORE.',
            where=flake.where,
        )
    if found and nix_shell.store_path(found):
        return Path(found)
    raise EnvironmentUnavailable(
        f"the dev shell {flake.shell} has no Python",
        why=f"{found} is not from Nix's store." if found else "There is none on its PATH.",
        remedy="Add one to its packages: (pkgs.python313.withPackages (ps: [ ps.numpy ])).",
        where=flake.where,
    )


def _given(listed: str, own: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the folders of PYTHONPATH that the interpreter has not got as its own.

    nixpkgs' hooks name every input there, also an environment with packages: on PYTHONPATH
    its modules would come before those of the standard library.
    """
    own_folders = {os.path.realpath(folder) for folder in own}
    return tuple(
        Path(part) for part in listed.split(os.pathsep) if part and os.path.realpath(part) not in own_folders
    )


def _pythons(variables: Mapping[str, str]) -> list[str]:
    folders = [part for part in variables.get("PATH", "").split(os.pathsep) if part.startswith("/")]
    places = [os.path.join(folder, name) for name in ("python", "python3") for folder in folders]  # noqa: PTH118 -- texts
    return [place for place in places if os.access(place, os.X_OK)]


def _copied(seen: Sources, top: Path) -> bool:
    """Copy what settles a shell; False where it is much, or cannot be read."""
    total = 0
    for path in seen.settling:
        source = seen.top / path
        try:
            if source.is_symlink() or not source.is_file():
                return False
            total += source.stat().st_size
            if total > _MAX_COPY:
                return False
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, top / path)
        except OSError:
            return False
    return True


def _bytes(count: int) -> str:
    value = float(count)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.2f} GiB"
