# SPDX-License-Identifier: Apache-2.0
"""What `repro probe` has to tell, as plain values; renderers are visitors of it.

Texts are foreign unless said otherwise: each renderer escapes them for its own medium.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from repro_action.finding import Finding
from repro_action.observation import Divergence
from repro_action.report.model import ArtifactDifference, MetricRow, Notice


class Answer(StrEnum):
    """What a variation did to the bits."""

    SAME = "same"
    """The outputs are identical under it, also with the pins of the profile lifted where it has any."""
    PINNED = "held"
    """The outputs depend on it, and the profile holds it: they differ only with the pin lifted."""
    DIFFERS = "differs"
    """The outputs differ under it, and nothing keeps it stable."""
    FAILED = "failed"
    """A step failed under it."""
    UNAVAILABLE = "unavailable"
    """This machine cannot disturb that."""
    NOT_TRIED = "not_asked"
    """It was left out by the command line, or the time was up before its turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariationRow:
    """One variation.

    Attributes:
        name, what: its name, and what it disturbs; ours.
        note: why it is unavailable or was not tried; of a failed one what happened; of a held
            one `kept stable by OPENBLAS_CORETYPE`; of one that differs what else belongs to it.
        numeric: whether only the rounding of arithmetic depends on it.
    """

    name: str
    what: str
    answer: Answer
    note: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFinding:
    """One dependence that was found: which disturbance, what it changed first, where it comes from.

    Attributes:
        variations: names of those that change the outputs together; mostly one.
        unfinished: the runs were used up before it was known which of `variations` it is.
        pinned_by: the profile's variables that keep it the same; empty where nothing does.
        numeric: whether it is rounding of arithmetic only.
        step: the first step whose outputs differ.
        artifacts: those that differ, the first step's first, each with its worst leaves.
        metrics: those that differ.
        places: suspected lines, most likely first.
        divergence: the first call at which the runs parted, where a trace was asked for.
        remedy: one sentence.
    """

    variations: tuple[str, ...]
    step: str
    unfinished: bool = False
    pinned_by: tuple[str, ...] = ()
    numeric: bool = False
    artifacts: tuple[ArtifactDifference, ...] = ()
    metrics: tuple[MetricRow, ...] = ()
    places: tuple[Finding, ...] = ()
    divergence: Divergence | None = None
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """Everything that one probe has to tell.

    Attributes:
        version: of its document.
        tool: version of repro.
        name: the model's name.
        headline: one sentence beside the answer itself, which `robust` and `tried` give.
        profile: under which the runs were made.
        variations: every one that exists, in the order of `variations.names.NAMES`.
        findings: those that nothing pins first, then pinned ones, numeric ones last.
        runs: how often the pipeline was run.
        seconds: wall time; a byproduct.
        platform: the platform class.
        enclosure: what the steps of the trials were enclosed in, in one line; ours.
        suspects: where nothing differed: lines of the source at which chance may decide all the same.
        warnings: what limits this report.
        error: why there is none; everything else is then empty.
    """

    version: ClassVar[int] = 1

    tool: str
    name: str
    headline: str
    profile: str = ""
    variations: tuple[VariationRow, ...] = ()
    findings: tuple[ProbeFinding, ...] = ()
    runs: int = 0
    seconds: float = 0.0
    platform: str = ""
    enclosure: str = ""
    suspects: tuple[Finding, ...] = ()
    warnings: tuple[Notice, ...] = ()
    error: Notice | None = None

    @property
    def tried(self) -> bool:
        """Whether any variation was tried at all."""
        idle = {Answer.UNAVAILABLE, Answer.NOT_TRIED}
        return any(row.answer not in idle for row in self.variations)

    @property
    def robust(self) -> bool:
        """Whether the outputs were the same under every variation, and no line leaves them to chance."""
        return self.agreed and not self.suspects

    @property
    def agreed(self) -> bool:
        """Whether the outputs were the same under every variation with the profile in effect.

        Where nothing was tried, nothing was shown, so that is no agreement either.
        """
        broken = {Answer.DIFFERS, Answer.FAILED}
        rows = any(row.answer in broken for row in self.variations)
        return (
            self.error is None and self.tried and not rows and all(found.pinned_by for found in self.findings)
        )

    def exit_code(self, *, strict: bool = False) -> int:
        """Return the exit status: 0 nothing differed, 1 something did, 2 nothing could be tried.

        Args:
            strict: what only the profile holds counts as well, rounding of arithmetic excepted, and so
                does a race that is possible and was not seen.
        """
        if self.error is not None or not (self.tried or self.findings):
            return 2
        leaning = any(row.answer is Answer.PINNED and not row.numeric for row in self.variations)
        return 0 if self.agreed and not (strict and (leaning or self.suspects)) else 1
