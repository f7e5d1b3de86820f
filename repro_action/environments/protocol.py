# SPDX-License-Identifier: Apache-2.0
"""What every environment backend provides, and the value that it yields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from repro_action.config.model import Config
from repro_action.digest import Digest
from repro_action.fingerprint import Circumstances
from repro_action.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Distribution:
    """One installed Python distribution.

    Attributes:
        name: normalized (PEP 503).
        version: as its metadata says.
        record: digest of its canonical RECORD (sha256); None where it has no RECORD.
            Installer traces, byte code and generated scripts are left out, so the same
            wheel has the same digest in every environment.
        editable: installed in place, so that no RECORD vouches for its files; `record`
            is then None.
        modules: top-level names that it provides, such as `PIL`, sorted.
    """

    name: str
    version: str
    record: Digest | None
    editable: bool = False
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A place where steps run.

    Attributes:
        backend: the backend's name.
        digest: of interpreter version and distributions (or of the derivation, image).
        python: absolute path of the interpreter that `python` means in a step.
        python_version: `3.11.7`.
        implementation: `cpython`.
        variables: the whole environment that a step starts from, before the determinism
            profile is laid over it.
        distributions: sorted by name.
        circumstances: CPU, kernel, libc, BLAS.
        identity: further named facts that identify it (lock digest, flake revision).
        facts: what a report shows of it besides; never compared.
    """

    backend: str
    digest: Digest
    python: Path
    python_version: str
    implementation: str
    variables: Mapping[str, str]
    distributions: tuple[Distribution, ...]
    circumstances: Circumstances
    identity: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)


class EnvironmentBackend(Protocol):
    """Builds or finds an environment. One file a backend; see `environments.backend_for`."""

    @property
    def name(self) -> str:
        """The backend's name, as in the configuration."""

    def peek(self, config: Config) -> Environment | None:
        """Return the environment if it is there, without building anything."""

    def prepare(self, config: Config, progress: Progress) -> Environment:
        """Return the environment, building it if need be.

        Raises:
            EnvironmentUnavailable: it cannot be built or inspected.
        """
