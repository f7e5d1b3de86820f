# SPDX-License-Identifier: Apache-2.0
"""A probe's report as Markdown, for a job summary and a pull-request comment.

Each dependence is whole or left out, those that the profile pins first.
"""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.report.probe_model import Answer, ProbeFinding, ProbeReport
from repro_action.report.render import labels, probe_labels
from repro_action.report.render.markdown.escape import Markdown, code
from repro_action.report.render.markdown.fitting import BUDGET, Part, fitted
from repro_action.report.render.markdown.report import artifact_blocks
from repro_action.report.render.markdown.templating import part
from repro_action.report.render.markdown.templating import render as text
from repro_action.report.sections.comparison import ShowLimits, comparison_section
from repro_action.report.sections.listed import Listed
from repro_action.report.sections.probe import as_comparison, probe_section
from repro_action.text import few, plural

FINDINGS = 20
PLACES = 12
MARKS = 10
NOTICES = 10
ARTIFACTS = 8
NAMES = 8
LIMITS = ShowLimits(metrics=40, artifacts=25, leaves=40, materials=0, excluded=0)


def render(report: ProbeReport, *, budget: int = BUDGET) -> str:
    """Return the report as GitHub-flavoured Markdown of at most `budget` UTF-8 bytes."""
    return fitted(_parts(report), f"repro {code(report.tool, 30)}", budget=budget)


def _parts(report: ProbeReport) -> Iterator[Part]:
    section = probe_section(report, FINDINGS)
    yield part("answer", 0, "probe_verdict", report=report)
    if report.error is not None:
        yield part("error", 1, "notice", notice=report.error, log="")
    names = [(answer, Listed.of(found, NAMES)) for answer, found in section.names.items() if found]
    yield part("counts", 2, "probe_counts", answers=names)
    summary = plural(len(report.variations), "variation")
    yield part("variations", 5, "probe_variations", fold=summary, rows=report.variations)
    for place, found in enumerate(section.findings):
        number = f" {place + 1}" if section.findings.count > 1 else ""
        yield Part(name=f"finding{number}", rank=10 + place, blocks=[_finding(found, report)])
        # A summary is no place for foreign text: inside a tag nothing is escaped.
        yield Part(name=f"details{number}", rank=100 + place, fold="What differs", blocks=_details(found))
    yield part("suspects", 9, "probe_suspects", places=Listed.of(report.suspects, PLACES))
    more = section.findings.more
    yield Part(name="findings", rank=8, blocks=[f"and {more} more."] if more else [])
    rounded = [
        {"names": Listed.of(found.variations, NAMES), "how": _rounded(found)} for found in section.rounding
    ]
    yield part("rounding", 6, "probe_rounding", rounded=rounded)
    yield part("warnings", 4, "probe_warnings", notices=Listed.of(report.warnings, NOTICES))


def _rounded(found: ProbeFinding) -> str:
    size, pins = probe_labels.rounding(found), f"by {few(found.pinned_by)}"
    return f"{size}, {pins}" if size else pins


def _finding(found: ProbeFinding, report: ProbeReport) -> Markdown:
    marks = Listed.of(found.divergence.differing if found.divergence is not None else (), MARKS)
    return text(
        "probe_finding",
        found=found,
        report=report,
        answer=Answer.PINNED if found.pinned_by else Answer.DIFFERS,
        worst=probe_labels.worst(found),
        places=Listed.of(found.places, PLACES),
        marks=marks,
    )


def _details(found: ProbeFinding) -> list[Markdown]:
    section = comparison_section(as_comparison(found, ARTIFACTS), LIMITS)
    values = {"before": section.before, "after": section.after, "judged": False, "effect": False}
    unchanged = text("unchanged_metrics", metrics=section.metrics)
    tables = [text("metrics", group=group, **values) for group in section.metrics.files]
    more = [Markdown(f"{labels.more(section.metrics.more, 'metric')}.")] if section.metrics.more else []
    return [*([unchanged] if unchanged else []), *tables, *more, *artifact_blocks(section, judged=False)]
