# SPDX-License-Identifier: Apache-2.0
"""The steps of a run and the environment that they ran in."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.report.model import Fact, Report, StepLine
from repro_action.report.sections.listed import Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsSection:
    """Steps and environment.

    Attributes:
        marked: whether one of the shown steps is the first whose outputs differ.
        digest: of the environment; empty where it is not known.
    """

    lines: Listed[StepLine]
    marked: bool
    environment: Listed[Fact]
    digest: str


def steps(report: Report, *, limit: int, facts: int) -> StepsSection:
    """Return at most `limit` steps and `facts` facts about the environment."""
    lines = Listed.of(report.steps, limit)
    return StepsSection(
        lines=lines,
        marked=any(line.first_difference for line in lines),
        environment=Listed.of(report.environment, facts),
        digest=report.environment_digest,
    )
