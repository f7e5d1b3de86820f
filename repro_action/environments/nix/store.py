# SPDX-License-Identifier: Apache-2.0
"""What the `nix-build` backend asks of Nix's store: add, instantiate, look up, build.

The old commands (`nix-store`, `nix-instantiate`) are used where there are some: their forms
have not changed between Nix 2.3 and today.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from repro_action.environments.nix.command import FEATURES
from repro_action.environments.nix.errors import absent, explain
from repro_action.errors import EnvironmentUnavailable

STRICT = (
    *("--option", "sandbox", "true"),
    # Without namespaces Nix would only warn, and build in the open.
    *("--option", "sandbox-fallback", "false"),
    # A training that was fetched from somewhere has not been run.
    *("--option", "substitute", "false"),
    *("--option", "always-allow-substitutes", "false"),
)
_PATH = re.compile(r"/nix/store/[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+._?=-]+")
_TIMEOUT = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A store that steps are built in.

    Attributes:
        environ: variables that Nix runs with.
        url: another store than the default, such as `ssh-ng://builder`; empty for the default.
    """

    environ: Mapping[str, str]
    url: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """Options of every command that builds."""
        return (*(("--store", self.url) if self.url else ()), *STRICT)

    def add(self, path: Path, name: str) -> str:
        """Add a file or folder by content; return its store path.

        Raises:
            EnvironmentUnavailable: Nix refuses.
        """
        output = self._ask(
            "adding to the store", "nix", *FEATURES, "store", "add-path", "--name", name, str(path)
        )
        return _only(output)

    def instantiate(self, expression: Path) -> tuple[str, str]:
        """Return the derivation of an expression, and the path of its output."""
        derivation = _only(self._ask("instantiating the step", "nix-instantiate", *STRICT, str(expression)))
        out = _only(self._ask("instantiating the step", "nix-store", "--query", "--outputs", derivation))
        if self.url:
            copy = ("copy", "--derivation", "--no-check-sigs", "--to", self.url, derivation)
            self._ask("copying the step to its store", "nix", *FEATURES, *copy)
        return derivation, out

    def is_valid(self, path: str) -> bool:
        """Whether the store has a path."""
        store = ("--store", self.url) if self.url else ()
        return self._run(["nix-store", *store, "--check-validity", path]).returncode == 0

    def command(self, derivation: str, *, again: bool) -> list[str]:
        """Return the command that builds.

        Args:
            derivation: of the step.
            again: build although the output is there, compare, and keep what differs.
        """
        more = ("--check", "--keep-failed") if again else ()
        return ["nix-store", "--realise", derivation, *more, *self.options]

    def fetch(self, path: str) -> list[str]:
        """Return the command that brings an output here; empty where it is here already."""
        if not self.url or self.url.startswith("/"):
            return []
        return ["nix", *FEATURES, "copy", "--no-check-sigs", "--from", self.url, path]

    def place(self, path: str) -> str:
        """Return where a store path lies: a store in a folder keeps it below that folder."""
        return f"{self.url}{path}" if self.url.startswith("/") else path

    def build(self, derivation: str) -> str:
        """Build a derivation; return its log.

        Raises:
            EnvironmentUnavailable: it cannot be built.
        """
        done = self._run(self.command(derivation, again=False))
        if done.returncode:
            raise explain(done.stderr, doing="a build in Nix's sandbox")
        return done.stderr

    def _ask(self, doing: str, *command: str) -> str:
        done = self._run(command)
        if done.returncode:
            raise explain(done.stderr, doing=doing)
        return done.stdout

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                command,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                check=False,
                timeout=_TIMEOUT,
            )
        except OSError as error:
            raise absent(command[0], error) from error
        except subprocess.TimeoutExpired as error:
            raise EnvironmentUnavailable(f"{command[0]} did not end within an hour") from error


def paths_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the store paths that texts mention, sorted."""
    return tuple(sorted({found for text in texts for found in _PATH.findall(text)}))


def expression(name: str, *, system: str, python: str, folder: str, inputs: Iterable[str]) -> str:
    """Return a derivation as an expression, in which nothing of the project is evaluated.

    Args:
        name: of the step; what a store path cannot hold is replaced.
        system: such as `x86_64-linux`.
        python: path of the interpreter, in the store.
        folder: store path of the step's folder.
        inputs: further store paths that the step may read.
    """
    listed = "\n".join(f"    (builtins.storePath {_quoted(path)})" for path in sorted({*inputs}))
    return (
        "derivation {\n"
        f"  name = {_quoted(plain(f'repro-{name}'))};\n"
        f"  system = {_quoted(system)};\n"
        f"  builder = {_quoted(python)};\n"
        f'  args = [ "-I" "-S" "${{builtins.storePath {_quoted(folder)}}}/build_step.py" '
        f"{_quoted(folder)} ];\n"
        f"  inputs = [\n{listed}\n  ];\n"
        "  allowSubstitutes = false;\n"
        "}\n"
    )


def plain(name: str) -> str:
    """Return a name that a store path can have."""
    return re.sub(r"[^0-9a-zA-Z+._?=-]", "-", name).lstrip(".")[:200] or "x"


def nix_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what Nix itself needs of the caller's variables."""
    kept = (
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "TMPDIR",
        "SSH_AUTH_SOCK",
        "SSL_CERT_FILE",
        "http_proxy",
        "https_proxy",
    )
    environment = {
        name: value for name, value in environ.items() if name in kept or name.startswith(("NIX_", "XDG_"))
    }
    environment.setdefault("PATH", os.defpath)
    return {**environment, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "TERM": "dumb"}


def _quoted(text: str) -> str:
    """Return a text as a string of Nix; JSON's escapes are Nix's, but for `${`."""
    return json.dumps(text, ensure_ascii=False).replace("${", "\\${")


def _only(output: str) -> str:
    lines = [line for line in output.splitlines() if _PATH.fullmatch(line)]
    if len(lines) != 1:
        raise EnvironmentUnavailable("Nix returned no store path", why=output[:500])
    return lines[0]
