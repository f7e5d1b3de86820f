# SPDX-License-Identifier: Apache-2.0
"""The report as Markdown, for a pull-request comment and a job summary.

Sections are whole or left out, the least telling first, so that a body never ends in the
middle of a table; what is left out is said. Every foreign text goes through `escape`.
"""

from __future__ import annotations

from collections.abc import Sequence

from repro_action.report import words
from repro_action.report.escape import block, code, prose, table
from repro_action.report.markdown_comparison import artifact_blocks, artifact_line, metric_tables, strip
from repro_action.report.model import Comparison, Flavour, Notice, Report, Side
from repro_action.report.sections import BUDGET, Section, fitted
from repro_action.report.text import plural
from repro_action.verdict import Verdict

CAUSES = 3

_SYMBOLS = {
    Verdict.REPRODUCED: "✅",
    Verdict.EQUIVALENT: "🟡",
    Verdict.CHANGED: "❌",
    Verdict.DRIFTED: "❌",
    Verdict.FAILED: "⛔",
    Verdict.NO_BASELINE: "⚪",
}


def render(report: Report, *, budget: int = BUDGET) -> str:
    """Return the report as GitHub-flavoured Markdown of at most `budget` UTF-8 bytes."""
    return fitted(_sections(report), _footer(report), budget=budget)


def _sections(report: Report) -> list[Section]:
    claim, change = report.claim, report.change
    return [
        Section(name="verdict", rank=0, blocks=_head(report)),
        Section(name="error", rank=1, blocks=_notice(report.error) if report.error else []),
        Section(name="causes", rank=2, blocks=_causes(report)),
        *(_compared(claim, _question(claim), "claim", 3) if claim is not None else []),
        *(_compared(change, "What does the change do?", "change", 5) if change is not None else []),
        Section(name="warnings", rank=7, blocks=_notices("Warnings", report.warnings)),
        Section(name="hints", rank=8, blocks=_notices("Known causes that fit", report.hints)),
        Section(name="materials", rank=9, fold="Materials that differ", blocks=_materials(report)),
        Section(
            name="circumstances", rank=10, fold="Circumstances that differ", blocks=_circumstances(report)
        ),
        Section(name="exclusions", rank=11, fold="Left out of equality by a rule", blocks=_excluded(report)),
        Section(name="steps and environment", rank=14, fold="Steps and environment", blocks=_run(report)),
        Section(name="reproduce", rank=13, fold="Reproduce locally", blocks=_reproduce(report)),
    ]


def _head(report: Report) -> list[str]:
    symbol = "🔁" if report.flavour is Flavour.FLAKY else _SYMBOLS[report.verdict]
    return [f"## {symbol} {code(report.name, 80)}: {words.title(report)}\n\n{prose(words.headline(report))}"]


def _causes(report: Report) -> list[str]:
    if not report.causes:
        return []
    if len(report.causes) == 1:
        return [f"**Cause:** {prose(report.causes[0].text, 300)}"]
    lines = [f"- {prose(cause.text, 300)}" for cause in report.causes[:CAUSES]]
    more = words.shown(report.causes, CAUSES)
    return ["\n".join(["**Causes, most likely first:**", "", *lines, *([f"- {more}"] if more else [])])]


def _question(claim: Comparison) -> str:
    return "Is the claim true?" if claim.same_platform else "Against the nearest platform class"


def _compared(comparison: Comparison, question: str, name: str, rank: int) -> list[Section]:
    shared = "" if comparison.same_platform else comparison.before.platform
    sides = f"{_side(comparison.before, shared)} against {_side(comparison.after, comparison.after.platform)}"
    same = _same(comparison)
    if name == "change" and not words.differs(comparison):
        told = f"Nothing that is compared: {same or 'all of it'} identical to {_base(comparison)}."
        return [Section(name=name, rank=rank, blocks=[f"### {question}\n\n{told}"])]
    judged = name == "claim" and comparison.same_platform
    lines = [
        f"### {question}",
        sides + ("." if comparison.same_platform else _OTHER_CLASS),
        *metric_tables(comparison, judged=judged),
        *artifact_line(comparison),
        *([f"Identical: {same}."] if same else []),
        *([f"{words.hidden(comparison)}."] if words.hidden(comparison) else []),
        strip(comparison),
    ]
    rows = len(comparison.artifacts) + comparison.hidden.artifacts
    return [
        Section(name=name, rank=rank, blocks=["\n\n".join(line for line in lines if line)]),
        Section(
            name=f"artifacts of the {name}",
            rank=rank + 1,
            fold=f"Artifacts: {rows} not identical, {comparison.unchanged.artifacts} identical",
            blocks=artifact_blocks(comparison, judged=judged),
        ),
    ]


_OTHER_CLASS = ". **The platform classes differ: this says nothing about bits.**"


def _same(comparison: Comparison) -> str:
    told, held = words.counts(comparison.unchanged), words.same(comparison)
    return told + (f" of {prose(held[len(told) + 4 :], 200)}" if held != told else "")


def _base(comparison: Comparison) -> str:
    return _side(comparison.before, comparison.before.platform)


def _side(side: Side, platform: str) -> str:
    revision = f"at commit {code(side.revision, 20)}" if side.revision else ""
    named = f"({code(platform, 40)})" if platform else ""
    return " ".join(part for part in (prose(side.label, 60), revision, named) if part)


def _notice(notice: Notice) -> list[str]:
    head = f"**{code(notice.where, 200)}:** " if notice.where else ""
    cure = f"**Cure:** {_text(notice.cure)}" if notice.cure else ""
    return ["\n\n".join(part for part in (head + _text(notice.what), _text(notice.why), cure) if part)]


def _text(text: str) -> str:
    first, _, rest = text.strip("\n").partition("\n")
    return prose(first) + (f"\n\n{block(rest)}" if rest else "")


def _notices(title: str, notices: Sequence[Notice], limit: int = 10) -> list[str]:
    if not notices:
        return []
    lines = [f"- {_one_line(notice)}" for notice in notices[:limit]]
    more = words.shown(notices, limit)
    return ["\n".join([f"**{title}**", "", *lines, *([f"- {more}"] if more else [])])]


def _one_line(notice: Notice) -> str:
    where = f"{code(notice.where, 100)}: " if notice.where else ""
    said = (prose(text, 300) for text in (notice.what, notice.why, notice.cure))
    return where + " — ".join(text for text in said if text)


def _materials(report: Report, limit: int = 40) -> list[str]:
    held = report.claim or report.change
    if held is None or not held.materials:
        return []
    rows = [
        [found.kind.value, code(found.name, 80), code(found.before, 60) or "—", code(found.after, 60) or "—"]
        for found in held.materials[:limit]
    ]
    count = len(held.materials) - len(rows) + held.hidden_materials
    more = [f"{words.more(count, 'material')}."] if count else []
    header = ("material", "name", prose(held.before.label, 40), prose(held.after.label, 40))
    return ["\n\n".join([table(header, rows), *more])]


def _circumstances(report: Report) -> list[str]:
    rows = [
        [code(found.name, 40), code(found.before, 100) or "—", code(found.after, 100) or "—"]
        for found in report.circumstances[:30]
    ]
    return [table(("circumstance", "baseline", "this run"), rows)] if rows else []


def _steps(report: Report) -> list[str]:
    rows = [
        [code(line.name, 60), words.step(line), "first difference" if line.first_difference else ""]
        for line in report.steps[:60]
    ]
    more = words.shown(report.steps, 60)
    return (
        ["\n\n".join([table(("step", "in this run", ""), rows), *([more] if more else [])])] if rows else []
    )


def _run(report: Report) -> list[str]:
    held = "\n\n".join([*_steps(report), *_environment(report)])
    return [held] if held else []


def _excluded(report: Report) -> list[str]:
    held = report.claim
    if held is None or not held.excluded:
        return []
    rows = [
        [code(rule.artifact, 80), code(rule.rule, 60), plural(rule.count, "leaf"), code(rule.example, 60)]
        for rule in held.excluded[:30]
    ]
    more = words.shown(held.excluded, 30)
    return ["\n\n".join([table(("artifact", "rule", "leaves", "such as"), rows), *([more] if more else [])])]


def _environment(report: Report) -> list[str]:
    rows = [[code(fact.name, 40), code(fact.value, 120)] for fact in report.environment[:40]]
    return [table(("what", "value"), rows)] if rows else []


def _reproduce(report: Report) -> list[str]:
    return [block("\n".join(report.reproduce), "sh")] if report.reproduce else []


def _footer(report: Report) -> str:
    parts = [
        f"repro {code(report.tool, 30)}",
        *([f"fingerprint {code(report.fingerprint, 64)}"] if report.fingerprint else []),
    ]
    return " · ".join(parts)
