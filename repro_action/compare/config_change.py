# SPDX-License-Identifier: Apache-2.0
"""What a change does to the configurations that it is judged by: one value for each setting and model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from repro_action.tree import Scalar


class Strictness(StrEnum):
    """Whether a changed setting lets more through than before, worst first."""

    WEAKER = "weaker"
    CHANGED = "changed"
    """The two cannot be ordered."""
    STRONGER = "stronger"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChange:
    """One setting of a configuration that is not as it was.

    Attributes:
        setting: as the configuration writes it, such as `metrics."out/metrics.json".accuracy.atol`; of
            something that is one of several, such as an output, without its name.
        before, after: its values; None where a side has none: no such output, no limit.
        strictness: of the newer side.
    """

    setting: str
    before: Scalar
    after: Scalar
    strictness: Strictness


class ModelState(StrEnum):
    """What became of a model's configuration."""

    REMOVED = "removed"
    MOVED = "moved"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChange:
    """A configuration that only one of two commits has, or that has another path.

    Attributes:
        config: its path from the top of the repository; of one that was removed, its last.
        name: the model's; of its folder where the configuration cannot be read.
        state: what became of it.
        before: the former path of one that moved.
    """

    config: str
    name: str
    state: ModelState
    before: str = ""
