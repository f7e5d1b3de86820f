# SPDX-License-Identifier: Apache-2.0
"""Each step as a derivation in Nix's own sandbox: the backend `nix-build`.

A step's folder goes to the store: its small inputs, the hook, and how to run it. Large inputs
and pinned data go there by themselves, so that an edit of code does not copy them again. The
derivation names these paths and those of the dev shell; there is nothing else that it could
read. Where its output is in the store already, it is built again with `--check`: Nix compares
both, and keeps the new one, which becomes the output of this run.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import ClassVar

from repro_action.config.model import Config, Step
from repro_action.determinism.attach import HOOK
from repro_action.environments.nix.backend import NixShell
from repro_action.environments.nix.build_step import MARK
from repro_action.environments.nix.command import system
from repro_action.environments.nix.store import Store, expression, nix_environ, paths_in, plain
from repro_action.errors import EnvironmentUnavailable, StepError
from repro_action.interpreter.environment import Environment
from repro_action.paths.names import shown
from repro_action.sandbox.declared import readable
from repro_action.sandbox.diagnosis import explained
from repro_action.sandbox.enclosed_step import EnclosedStep
from repro_action.sandbox.protocol import Enclosed, Enforced
from repro_action.sandbox.tidy import discard
from repro_action.steps.execute import PYTHONS, working_folder
from repro_action.steps.outputs import clear_outputs, remove
from repro_action.steps.record import StepFailed, StepRequest
from repro_action.text import few

HERE = Path(__file__).parent
STORE_VARIABLE = "REPRO_NIX_STORE"
"""Names a store to build in instead of the default one."""

_LARGE = 1 << 20
# The builder sets them to places inside.
_PLACES = frozenset({"HOME", "TMPDIR", "REPRO_HOOK_DIR", "REPRO_PROJECT_ROOT"})
_LEFT_OUT = shutil.ignore_patterns(".git", ".repro", "__pycache__")


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivationSandbox:
    """Encloses steps in derivations.

    Attributes:
        config: which files are declared.
        environment: a dev shell.
        store: where they are built.
        proven: what the canary found.
    """

    config: Config
    environment: Environment
    store: Store
    proven: Enforced
    _earlier: dict[str, Path] = field(default_factory=dict, compare=False)

    @property
    def enforced(self) -> Enforced:
        """What was proven, and which steps Nix found to disagree with an earlier build."""
        return replace(self.proven, earlier=dict(self._earlier))

    @contextmanager
    def enclose(self, step: Step, request: StepRequest) -> Iterator[Enclosed]:
        """Return the request whose command builds the derivation; outputs come back at the end.

        Raises:
            StepError: inputs cannot be read.
            EnvironmentUnavailable: Nix refuses.
        """
        if request.prefix:
            raise StepError(
                f"step {shown(step.name)} cannot be disturbed inside a derivation",
                why=f"{request.prefix[0]} is not in Nix's sandbox.",
                remedy='Probe with backend = "nix"; its bits are the same.',
            )
        clear_outputs(step, request.root, request.protected)
        base = request.log.parents[1] / "stage" / plain(step.name)
        try:
            (base / "project").mkdir(parents=True)
            instruction = self._lay_out(step, request, base)
            enter = (sys.executable, "-I", "-S", str(HERE / "build_enter.py"), str(instruction))
            inside = replace(
                request, root=base / "project", protected=(), prefix=enter, variables=dict(self.store.environ)
            )
            yield Enclosed(request=inside, elsewhere=True)
            self._bring_back(step, request.root, base)
        except StepFailed as error:
            raise explained(error, self._context(step, request)) from error
        except OSError as error:
            raise StepError(
                f"inputs or outputs of step {shown(step.name)} cannot be copied: {error.strerror or error}",
                where=os.fsdecode(error.filename or ""),
                remedy="Check for a full disk, or a file that cannot be read.",
            ) from error
        finally:
            discard(base)

    def _lay_out(self, step: Step, request: StepRequest, base: Path) -> Path:
        if step.stdout:
            raise StepError(
                f"step {shown(step.name)} has `stdout` as an output, which derivations of Nix do not record",
                remedy="Let the step write a file, or run it in the sandbox instead of a derivation.",
            )
        folder = base / "step"
        (folder / "files").mkdir(parents=True)
        places = dict(self._inputs(step, request.root, folder / "files"))
        python = str(request.python)
        working_folder(step, request.root)
        name, *arguments = step.run
        called = python if name in PYTHONS else name
        variables = _variables(request.variables)
        spec = {
            "run": [called, *arguments],
            "cwd": step.cwd,
            "variables": variables,
            "places": places,
            "outputs": list(step.outputs),
        }
        made = self._step(folder, spec)
        inputs = (made, *places.values(), *paths_in([python, *variables.values()]))
        derivation, out = self._derivation(step.name, made, python, inputs, base)
        instruction = {
            "command": self.store.command(derivation, again=self.store.is_valid(out)),
            "fetch": self.store.fetch(out),
            "made": self.store.place(out),
            "hook": request.variables.get("REPRO_HOOK_DIR", ""),
            "differs": str(base / "differs"),
        }
        path = base / "instruction.json"
        path.write_text(json.dumps(instruction), encoding="utf-8")
        return path

    def _inputs(self, step: Step, root: Path, files: Path) -> Iterator[tuple[str, str]]:
        """Copy small inputs; add large ones to the store, and yield where they are."""
        pinned = {pin.path for pin in self.config.data}
        for name in readable(self.config, step, root):
            source = root / name
            if source.is_dir() or name in pinned or source.stat().st_size > _LARGE:
                yield name, self._add(source)
                continue
            (files / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, files / name)

    def _add(self, source: Path) -> str:
        real = Path(os.path.realpath(source))
        if not real.is_dir():
            return self.store.add(real, plain(source.name))
        with tempfile.TemporaryDirectory(prefix="repro-nix-") as scratch:
            # NOTE: what links lead to is part of an input, and byte code is not.
            shutil.copytree(real, Path(scratch) / "input", ignore=_LEFT_OUT)
            return self.store.add(Path(scratch) / "input", plain(source.name))

    def _step(self, folder: Path, spec: Mapping[str, object]) -> str:
        shutil.copytree(HOOK, folder / "hook", ignore=_LEFT_OUT)
        shutil.copyfile(HERE / "build_step.py", folder / "build_step.py")
        (folder / "files").mkdir(exist_ok=True)
        (folder / "spec.json").write_text(json.dumps(spec, sort_keys=True), encoding="utf-8")
        return self.store.add(folder, "repro-step")

    def _derivation(
        self, name: str, made: str, python: str, inputs: tuple[str, ...], base: Path
    ) -> tuple[str, str]:
        text = expression(name, system=system(), python=python, folder=made, inputs=inputs)
        file = base / "step.nix"
        file.write_text(text, encoding="utf-8")
        return self.store.instantiate(file)

    def _bring_back(self, step: Step, root: Path, base: Path) -> None:
        for output in step.outputs:
            made, target = base / "project" / output, root / output
            if os.path.lexists(made):
                target.parent.mkdir(parents=True, exist_ok=True)
                remove(target)
                shutil.move(made, target)
        differs = base / "differs"
        if differs.exists():
            self._earlier[step.name] = Path(differs.read_text(encoding="utf-8"))

    def _context(self, step: Step, request: StepRequest) -> EnclosedStep:
        return EnclosedStep(
            step=step,
            root=request.root,
            declared=readable(self.config, step, request.root),
            hook=Path(request.variables.get("REPRO_HOOK_DIR", os.devnull)),
            files=True,
            network=True,
            how="Nix",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NixBuild(NixShell):
    """The dev shell of `nix`, and each step a derivation that Nix builds in its own sandbox."""

    builds_steps: ClassVar[bool] = True
    disturbable: ClassVar[bool] = False

    name: str = "nix-build"

    def enclosure(self, config: Config, environment: Environment) -> DerivationSandbox:
        """Return what builds each step.

        Raises:
            EnvironmentUnavailable: Nix cannot build in a sandbox, or the sandbox leaks.
        """
        return open_builds(config, environment, self.environ)


def _variables(given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that are the same inside; the builder adds its own places."""
    kept = {name: value for name, value in given.items() if name not in _PLACES}
    path = [part for part in kept.pop("PYTHONPATH", "").split(os.pathsep) if part not in ("", str(HOOK))]
    return {**kept, **({"PYTHONPATH": os.pathsep.join(path)} if path else {})}


def open_builds(config: Config, environment: Environment, environ: Mapping[str, str]) -> DerivationSandbox:
    """Send the canary into a derivation, and return what encloses steps like that.

    Raises:
        EnvironmentUnavailable: Nix cannot build in a sandbox, or the sandbox leaks.
    """
    if config.sandbox.network or config.sandbox.files == "any":
        raise EnvironmentUnavailable(
            "a derivation of Nix has no network and sees only declared files",
            remedy='Remove `network` and `files` under [sandbox], or choose backend = "nix".',
            where=f"{config.path.name}: sandbox",
        )
    named = sorted(
        one for one in environ if any(fnmatchcase(one, glob) for glob in config.environment.inherit)
    )
    if named:
        raise EnvironmentUnavailable(
            f"a derivation of Nix cannot inherit {few(named)}",
            why="Its variables are written to the store, which everybody on this machine can read.",
            remedy="Remove `inherit` under [environment]: a value that is no secret can be a parameter. "
            'With backend = "nix" a step gets its variables without the store.',
            where=f"{config.path.name}: environment.inherit",
        )
    store = Store(environ=nix_environ(environ), url=environ.get(STORE_VARIABLE, ""))
    build = DerivationSandbox(config=config, environment=environment, store=store, proven=Enforced())
    found = _canary(build)
    leaks = [
        *(["the network was reachable"] if found.get("connected") else []),
        *(["a file of the project could be read"] if found.get("read") else []),
    ]
    if leaks:
        raise EnvironmentUnavailable(
            "Nix's sandbox does not isolate builds on this machine",
            why=f"The canary found: {', '.join(leaks)}.",
            remedy="Set `sandbox = true` and `sandbox-fallback = false` in nix.conf of the daemon; "
            "clients that it does not trust cannot.",
            where=f"{config.path.name}: environment.backend",
        )
    return replace(build, proven=Enforced(how="Nix", network=True, files=True, numbered=True))


def _canary(build: DerivationSandbox) -> dict[str, object]:
    """Try to reach a listening port of this machine, the project and the user's folder."""
    build.config.state.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=".canary-", suffix=".tmp", dir=build.config.state) as name,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        base = Path(name)
        (base / "step").mkdir()
        paths = [str(build.config.path), str(base), os.path.expanduser("~")]  # noqa: PTH111 -- never raises
        address = f"127.0.0.1:{server.getsockname()[1]}"
        targets = {"paths": [path for path in paths if path != "/"], "addresses": [address, "1.1.1.1:53"]}
        # Named anew each time: what an earlier canary found would be no proof.
        made = build._step(base / "step", {"canary": targets, "nonce": uuid.uuid4().hex})  # noqa: SLF001 -- its own
        python = str(build.environment.python)
        inputs = (made, *paths_in([python]))
        derivation, _ = build._derivation("canary", made, python, inputs, base)  # noqa: SLF001 -- its own
        log = build.store.build(derivation)
    for line in log.splitlines():
        head, _, more = line.partition(" canary ")
        if head == MARK:
            values: object = json.loads(more)
            match values:
                case [{**found}]:
                    return {str(key): value for key, value in found.items()}
    raise EnvironmentUnavailable("the canary of Nix's sandbox returned no result", why=log[-500:])
