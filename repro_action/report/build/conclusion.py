# SPDX-License-Identifier: Apache-2.0
"""A verdict, and the runs that it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.compare.difference import Difference
from repro_action.report.model import Flavour
from repro_action.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What a difference means, given how often the same materials were run.

    Attributes:
        verdict: what was found.
        flavour: what it leaves open.
        again: of the repeated run against the first, if there was one.
        runs: how many runs of the same materials were made.
        reference: how people call what the run was compared with.
    """

    verdict: Verdict
    flavour: Flavour
    again: Difference | None = None
    runs: int = 1
    reference: str = "the baseline"

    @property
    def flaky(self) -> bool:
        """Whether a run disagrees with itself."""
        return self.verdict is Verdict.DRIFTED and self.flavour is Flavour.FLAKY
