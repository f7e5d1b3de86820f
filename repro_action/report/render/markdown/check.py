# SPDX-License-Identifier: Apache-2.0
"""A checked model as Markdown, for a job summary and an issue."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.report.check_model import CheckReport
from repro_action.report.render import check_labels
from repro_action.report.render.markdown.escape import Markdown, code
from repro_action.report.render.markdown.fitting import BUDGET, Part, fitted
from repro_action.report.render.markdown.report import artifact_blocks
from repro_action.report.render.markdown.templating import part
from repro_action.report.sections.comparison import ShowLimits, comparison_section

LIMITS = ShowLimits(metrics=0, artifacts=25, leaves=40, materials=0, excluded=0)


def render(report: CheckReport, *, budget: int = BUDGET) -> str:
    """Return the report as GitHub-flavoured Markdown of at most `budget` UTF-8 bytes."""
    return fitted(_parts(report), f"repro {code(report.tool, 30)}", budget=budget)


def _parts(report: CheckReport) -> Iterator[Part]:
    yield part(
        "answer",
        0,
        "check_verdict",
        report=report,
        title=Markdown(check_labels.title(report)),
        origin=check_labels.origin(report),
        headline=check_labels.headline(report),
    )
    yield part("facts", 1, "check_facts", facts=list(check_labels.facts(report)))
    if report.comparison is not None:
        section = comparison_section(report.comparison, LIMITS)
        yield Part(name="leaves", rank=2, blocks=artifact_blocks(section, judged=True))
