# SPDX-License-Identifier: Apache-2.0
"""The one table of environment backends: their names, and which keys of `[environment]` they read."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.extensions import NAME as FOREIGN

__all__ = ["AVAILABLE", "BACKENDS", "FOREIGN", "BackendEntry", "is_backend_name", "readers_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendEntry:
    """One backend.

    Attributes:
        name: as in the configuration.
        implementation: `module.Class` below `repro_action.environments`, imported on demand; empty for
            a name that is reserved for a backend to come.
        reads: keys of `[environment]` that mean something to it, besides `backend` and `inherit`.
        needs: one of these that it cannot do without; empty for none.
        needed: what that key should name, and how to make it.
    """

    name: str
    implementation: str = ""
    reads: tuple[str, ...] = ()
    needs: str = ""
    needed: tuple[str, str] = ("", "")


BACKENDS = (
    BackendEntry(name="current", implementation="current.Current", reads=("python",)),
    BackendEntry(
        name="venv",
        implementation="venv.Venv",
        reads=("lock", "python", "allow-source-builds"),
        needs="lock",
        needed=(
            "a requirements file with hashes",
            "Make one with `pip-compile --generate-hashes` or `uv pip compile --generate-hashes`.",
        ),
    ),
    BackendEntry(name="nix", implementation="nix.backend.NixShell", reads=("flake",)),
    BackendEntry(name="nix-build", implementation="nix.build.NixBuild", reads=("flake",)),
    BackendEntry(name="container", reads=("image",)),
)
"""Every name; a test holds the schema and the implementations to it."""

AVAILABLE = tuple(entry.name for entry in BACKENDS if entry.implementation)
"""Names that can be chosen today."""


def is_backend_name(name: str) -> bool:
    """Whether a configuration may name it; whether it is installed shows when it is asked for."""
    return any(name == entry.name for entry in BACKENDS) or FOREIGN.fullmatch(name) is not None


def readers_of(key: str) -> tuple[str, ...]:
    """Return the backends that read a key of `[environment]`."""
    return tuple(entry.name for entry in BACKENDS if key in entry.reads)
