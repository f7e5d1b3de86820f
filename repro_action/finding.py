# SPDX-License-Identifier: Apache-2.0
"""A finding: what can make two runs differ, at which line, how that is known, and the remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from repro_action.paths.names import place


class FindingKind(StrEnum):
    """Every known reason for runs to differ; `findings.catalogue` says of each what it means."""

    UNKNOWN = "unknown"
    """Of a document that was written before findings had a kind."""
    # What a step's processes were seen to do.
    GENERATOR = "unseeded-generator"
    LIBRARY_GENERATOR = "unseeded-library-call"
    ENTROPY = "system-entropy"
    CLOCK = "clock"
    HOST = "host"
    NETWORK = "network"
    LISTING = "listing-order"
    FORBIDDEN_ENTROPY = "forbidden-entropy"
    # What differs between two runs.
    DISAGREEMENT = "unseeded"
    NATIVE_ORDER = "native-order"
    OPAQUE_BYTES = "opaque-bytes"
    BLAS_KERNEL = "blas-kernel"
    ANOTHER_CPU = "another-cpu"
    DTYPE = "dtype"
    # What outputs depend on: the names of the variations of `repro probe`.
    AGAIN = "again"
    SEED = "seed"
    HASH_SEED = "hash-seed"
    THREADS = "threads"
    BLAS = "blas"
    NUMPY_DISPATCH = "numpy-dispatch"
    TORCH_ISA = "torch-isa"
    LIBM = "libm"
    ENVIRONMENT = "environment"
    BUILD_PATH = "build-path"
    HOME = "home"
    UMASK = "umask"
    LOCALE = "locale"
    TIMEZONE = "timezone"
    TIME = "time"
    FILE_ORDER = "file-order"
    USER_HOST = "user-host"
    PROCESS_IDS = "process-ids"
    ASLR = "aslr"
    GC = "gc"
    AFFINITY = "affinity"


class Evidence(StrEnum):
    """How a finding is known, the best evidence first."""

    SEEN = "seen"
    """A process of the step reported it."""
    TRACED = "traced"
    """Two runs were traced, and they part there."""
    READ = "read"
    """It was read in the source."""


class Confidence(StrEnum):
    """How likely it is that a finding is the cause."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A line of the project's code that can make runs differ.

    Attributes:
        kind: which known reason.
        step: whose processes ran the line; empty where that is not known.
        file: relative to the project.
        line: from 1.
        what: one sentence, such as `os.listdir("parts") is used unsorted`; parts of it are foreign.
        remedy: what to write instead.
        evidence: how it is known.
        confidence: how likely it is the cause.
    """

    file: str
    line: int
    what: str
    remedy: str
    kind: FindingKind = FindingKind.UNKNOWN
    step: str = ""
    evidence: Evidence = Evidence.READ
    confidence: Confidence = Confidence.MEDIUM

    @property
    def location(self) -> str:
        """Return `train.py:14`, without a line where it is not known."""
        return place(self.file, self.line) if self.line else self.file
