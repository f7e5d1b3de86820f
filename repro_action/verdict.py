# SPDX-License-Identifier: Apache-2.0
"""The verdicts and their exit codes."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What a run says about the claim that its baseline makes."""

    REPRODUCED = "reproduced"
    EQUIVALENT = "equivalent"
    CHANGED = "changed"
    DRIFTED = "drifted"
    FAILED = "failed"
    NO_BASELINE = "no_baseline"

    @property
    def exit_code(self) -> int:
        """The exit status of the command that ends with this verdict."""
        return _EXIT_CODES[self]

    @property
    def meaning(self) -> str:
        """One sentence for people."""
        return _MEANINGS[self]


_EXIT_CODES = {
    Verdict.REPRODUCED: 0,
    Verdict.EQUIVALENT: 0,
    Verdict.CHANGED: 1,
    Verdict.DRIFTED: 1,
    Verdict.FAILED: 2,
    Verdict.NO_BASELINE: 3,
}

_MEANINGS = {
    Verdict.REPRODUCED: "every output is identical to the baseline, leaf by leaf",
    Verdict.EQUIVALENT: "outputs differ from the baseline, all inside the declared tolerance",
    Verdict.CHANGED: "outputs differ because a material changed: the baseline is stale",
    Verdict.DRIFTED: "outputs differ though no material did: this is not reproducible",
    Verdict.FAILED: "the run failed before its outputs could be compared",
    Verdict.NO_BASELINE: "there is no baseline for this platform class yet",
}
