# SPDX-License-Identifier: Apache-2.0
"""What a change does to the rules that it is judged by, as a report carries it."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.compare.config_change import ConfigChange, Strictness
from repro_action.tree import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideMetric:
    """A metric that the rules of the base do not allow, and those of the change do.

    Attributes:
        before: the value that was accepted at the base.
        after: that of the run; None where it is no longer read.
        relative: `(after - before) / |before|`; None where that cannot be said.
    """

    file: str
    name: str
    before: Scalar
    after: Scalar
    relative: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChanges:
    """The rules of one model against those of the commit that the change starts from.

    Attributes:
        base: that commit, as people call it; foreign.
        revision: its hash, shortened.
        former: path of the configuration there, where it was another one.
        settings: those that changed, the weaker ones first.
        hidden: number of further ones.
        outside: metrics of the run that the base's rules do not allow, against the base's baseline.
        outside_artifacts: outputs likewise.
        unread: why the base's configuration could not be read; empty where it was.
    """

    base: str
    revision: str = ""
    former: str = ""
    settings: tuple[ConfigChange, ...] = ()
    hidden: int = 0
    outside: tuple[OutsideMetric, ...] = ()
    outside_artifacts: tuple[str, ...] = ()
    unread: str = ""

    @property
    def weakened(self) -> bool:
        """Whether anything lets more through than at the base."""
        return any(change.strictness is Strictness.WEAKER for change in self.settings)
