# SPDX-License-Identifier: Apache-2.0
"""What moved the metrics between a base commit and head, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from repro_action.attribution.players import Player
from repro_action.notice import Notice


class Method(StrEnum):
    """How shares of a metric's change were worked out."""

    SHAPLEY = "shapley"
    """Every mix of base and head was run; the shares sum to the change."""
    ONE_AT_A_TIME = "one_at_a_time"
    """Each part alone was taken back to the base commit; what the shares leave is interaction."""
    NONE = "none"
    """Nothing can be said; the metric says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a part of the change contributes to that of a metric.

    Attributes:
        players: names of the parts; more than one where they cannot be told apart.
        value: in the metric's unit.
    """

    players: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """One part by itself.

    Attributes:
        player: its name.
        alone: what it changes where all other parts are as in the base commit; None where that is unknown.
        last: what it changes where all other parts are as in head; None likewise.
    """

    player: str
    alone: float | None = None
    last: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAttribution:
    """Which parts of the change moved one metric.

    Attributes:
        file, name: of the metric.
        before, after: its values in the runs of the base commit and of head; None where there is no number.
        method: how the shares were worked out.
        shares: largest first; with `Method.SHAPLEY` they sum to `after - before`.
        interaction: what one-at-a-time shares leave of the change; None where it is unknown, or is shared.
        interactions: what parts change only together, largest first, which Shapley values share equally.
        singles: one for each part.
        missing: why there are no shares, or why some parts are taken together; empty where all is known.
    """

    file: str
    name: str
    before: float | None
    after: float | None
    method: Method
    shares: tuple[Share, ...] = ()
    interaction: float | None = None
    interactions: tuple[Share, ...] = ()
    singles: tuple[Single, ...] = ()
    missing: str = ""

    @property
    def change(self) -> float | None:
        """`after - before`; None where either is no number."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def moved(self) -> bool:
        """Whether it differs, or parts of the change moved it and cancel."""
        return self.change != 0 or any(share.value for share in self.shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedMix:
    """A mix of base and head that has no result.

    Attributes:
        players: names of the parts that were as in head.
        step: that failed; empty where none did.
        notice: what happened.
    """

    players: tuple[str, ...]
    step: str
    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The answer of `repro explain`.

    Attributes:
        version, command: of its document.
        tool: version of repro.
        name: the model's name.
        base: commit that the change starts from, in full.
        label: what the user called it.
        players: the parts that differ.
        metrics: those that moved, in the order of their files.
        unchanged: number of metrics that no mix moved.
        runs: mixes that were run now.
        reused: mixes whose result was kept from earlier.
        planned: mixes that the answer needs, those two included.
        failed: mixes without a result.
        unfinished: whether the time was used up.
        notes: what else the reader should know.
        error: why there is no answer at all; None where there is one.
        seconds: a byproduct.
    """

    version: ClassVar[int] = 1
    command: ClassVar[str] = "explain"

    tool: str
    name: str
    base: str = ""
    label: str = ""
    players: tuple[Player, ...] = ()
    metrics: tuple[MetricAttribution, ...] = ()
    unchanged: int = 0
    runs: int = 0
    reused: int = 0
    planned: int = 0
    failed: tuple[FailedMix, ...] = ()
    unfinished: bool = False
    notes: tuple[Notice, ...] = ()
    error: Notice | None = None
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0 where something is explained, or nothing moved; 2 where nothing can be said."""
        explained = any(metric.method is not Method.NONE for metric in self.metrics)
        return 0 if self.error is None and (explained or not self.metrics) else 2
