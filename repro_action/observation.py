# SPDX-License-Identifier: Apache-2.0
"""What was seen inside a step's own processes: where randomness entered, and which calls returned what.

These are byproducts: they explain a difference and are never part of equality.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ObservationKind(StrEnum):
    """What a process did that can make a run differ from the next."""

    GENERATOR = "generator"
    """A generator was made or seeded without a seed: `default_rng()`, `random.Random()`."""
    ENTROPY = "entropy"
    """The system's randomness was read: `os.urandom`, `uuid4`, `secrets`."""
    CLOCK = "clock"
    """The wall clock was read."""
    READ = "read"
    """A file was opened for reading."""
    LISTING = "listing"
    """A folder was listed, in whatever order the file system has."""
    NETWORK = "network"
    """A connection was made or a host name was looked up."""
    PROCESS = "process"
    """A child process was started."""
    HOST = "host"
    """The machine was asked about itself: host name, user, process number, number of CPUs, home."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Observation:
    """One thing that a line of the project's code did, however often.

    Attributes:
        kind: what it did.
        what: the call, such as `numpy.random.default_rng()`; foreign text.
        file: the project's file, relative, with `/`; empty where no frame of the project was on the stack.
        line: from 1; 0 where unknown.
        detail: the file read, the folder listed, the host; relative where inside the project.
        count: how often.
        seeded: whether `entropy = "seed"` made it deterministic.
        missing: of a read: the file was not there.
        step: whose process it was; empty until the run says so.
    """

    kind: ObservationKind
    what: str
    file: str = ""
    line: int = 0
    detail: str = ""
    count: int = 1
    seeded: bool = False
    missing: bool = False
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafMark:
    """Digest of one part of a value that a call returned.

    Attributes:
        path: inside the value, such as `[0].coef_`; empty for the value itself.
        digest: short hexadecimal text; equal values have equal ones.
        text: a summary for people, such as `float64 (13,) 0.25, 1.5, …`; foreign text.
    """

    path: str
    digest: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCall:
    """One call of the user's own functions, or of an estimator's method from them, that returned.

    Attributes:
        function: qualified name, such as `train.split` or `LogisticRegression.fit`.
        file: where it stands, or, for a library's method, where it was called; relative to the project.
        line: likewise, from 1.
        marks: of the value returned (of the estimator's state after `fit`).
        caller: `file:line` of the call, where it is the project's; else empty.
    """

    function: str
    file: str
    line: int
    marks: tuple[LeafMark, ...]
    caller: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The first call at which two runs part.

    Attributes:
        index: place in the order of calls, from 0.
        before, after: the call in each run; None where that run has no such call.
        differing: marks that differ, as `(path, text before, text after)`; empty where the
            runs made different calls.
    """

    index: int
    before: TracedCall | None
    after: TracedCall | None
    differing: tuple[tuple[str, str, str], ...] = ()
