# SPDX-License-Identifier: Apache-2.0
"""An environment as a value: interpreter, distributions, variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.digest import Digest
from repro_action.fingerprint import Circumstances


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
        shared: it may hold packages of other projects, so only those that steps import are materials.
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
    shared: bool = False
