# SPDX-License-Identifier: Apache-2.0
"""The closed sets of values in a report; import them from `model`, which holds the values."""

from __future__ import annotations

from enum import StrEnum


class Flavour(StrEnum):
    """What a verdict leaves open."""

    NONE = ""
    BYTES_ONLY = "bytes_only"
    """`reproduced`: leaves agree, some container bytes do not."""
    MATERIALS = "materials"
    """`reproduced`: though materials changed; the baseline's materials can be refreshed."""
    STABLE = "stable"
    """`drifted`: a second run agreed with the first, and not with the baseline."""
    FLAKY = "flaky"
    """`drifted`: a second run disagreed with the first."""
    NEAREST = "nearest"
    """`no_baseline`: compared with another platform class; says nothing about bits."""


class State(StrEnum):
    """How one thing compares, worst last."""

    IDENTICAL = "identical"
    BYTES_ONLY = "bytes_only"
    TOLERATED = "tolerated"
    ADDED = "added"
    DIFFERS = "differs"
    MISSING = "missing"
    UNREADABLE = "unreadable"

    @property
    def accepted(self) -> bool:
        """Whether it leaves the claim standing."""
        return self in {State.IDENTICAL, State.BYTES_ONLY, State.TOLERATED}


class StepState(StrEnum):
    """What became of one step in this run."""

    RAN = "ran"
    REUSED = "reused"
    """Its recorded outputs were taken from the cache; nothing was trained."""
    FAILED = "failed"
    NOT_RUN = "not_run"


class Measured(StrEnum):
    """Where the magnitude of a difference comes from."""

    ELEMENTS = "elements"
    STATISTICS = "statistics"
    """Only digests and statistics of the other side are at hand: a lower bound."""


class Goal(StrEnum):
    """Which direction of a metric is better."""

    NONE = ""
    MAX = "max"
    MIN = "min"
