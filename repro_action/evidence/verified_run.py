# SPDX-License-Identifier: Apache-2.0
"""What one verified run proved; every statement, receipt and pack is made from this value alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from repro_action.digest import Digest
from repro_action.fingerprint import Fingerprint
from repro_action.report.model import Report


class MatchLevel(StrEnum):
    """How closely the rebuilt model is the accepted one, closest first."""

    BIT_IDENTICAL = "bit-identical"
    """Every byte of every artifact."""
    LEAF_IDENTICAL = "leaf-identical"
    """Every value; some bytes of containers, such as the times in a zip archive, differ."""
    WITHIN_TOLERANCE = "within-tolerance"
    """Differences, all inside what the configuration allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file of a product, as it lies in the project.

    Attributes:
        path: relative to the project, with `/`.
        product: path of the product that it is, or that holds it.
        size: bytes.
        sha256: of its bytes.
    """

    path: str
    product: str
    size: int
    sha256: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSource:
    """The commit whose code was run.

    Attributes:
        commit: 40 or 64 hexadecimal digits.
        repository: address of `origin` without login or query, such as `https://host/org/name`; empty
            where there is none that others can reach.
        project: folder of the project in the repository, with `/`; empty for its top.
        committed: when, as `2026-11-30T12:00:00Z`.
    """

    commit: str
    repository: str = ""
    project: str = ""
    committed: str = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFiles:
    """What one step reads and writes, as the configuration declares it, relative to the project.

    Attributes:
        inputs: files, folders or patterns.
        params: parameter files.
        outputs: files or folders.
    """

    inputs: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRun:
    """A run that matched the committed baseline, and whose files are still what it made.

    Attributes:
        report: of the run; its verdict is `reproduced` or `equivalent`.
        fingerprint: of the run.
        fingerprint_id: SHA-256 of all that is recorded of it.
        level: how closely it matched.
        source: the commit; nothing that the run consumed differs from it.
        config: path of the configuration, relative to the project.
        config_sha256, baseline_sha256: of those files' bytes.
        baseline: path of the baseline, relative to the project.
        files: of all products, ordered by path.
        commands: step → argument vector, in the order in which they ran.
        data: pins of data → digests, as the configuration writes them.
        step_files: step → what it reads and writes.
        locked: package → digests of the files by which a lock lets it be installed; any of them may be
            what is installed. Empty without such a lock.
    """

    report: Report
    fingerprint: Fingerprint
    fingerprint_id: str
    level: MatchLevel
    source: GitSource
    config: str
    config_sha256: Digest
    baseline: str
    baseline_sha256: Digest
    files: tuple[ModelFile, ...]
    commands: Mapping[str, tuple[str, ...]]
    data: Mapping[str, Digest] = field(default_factory=dict)
    step_files: Mapping[str, StepFiles] = field(default_factory=dict)
    locked: Mapping[str, tuple[Digest, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.report.name

    @property
    def platform(self) -> str:
        """The platform class whose bits these are."""
        return self.fingerprint.platform
