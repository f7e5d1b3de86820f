# SPDX-License-Identifier: Apache-2.0
"""What stands folded below a report in Markdown: lists and tables beside the two comparisons."""

from __future__ import annotations

from collections.abc import Sequence

from repro_action.findings.suspects import shown_values
from repro_action.report.model import Comparison, Notice, Report
from repro_action.report.render import labels as words
from repro_action.report.render.markdown.comparison import side_head
from repro_action.report.render.markdown.escape import block, code, prose, table
from repro_action.report.trend import chart
from repro_action.text import plural

MATERIALS = 40
CIRCUMSTANCES = 30
EXCLUDED = 30
STEPS = 60
FACTS = 40
NOTICES = 10
PLACES = 15


def notice(held: Notice, log: str = "") -> list[str]:
    """Return what happened, why, the remedy, and where the whole log stands.

    Args:
        held: the notice.
        log: says where; empty for the path on the machine that ran.
    """
    head = f"**{code(held.where, 200)}:** " if held.where else ""
    remedy = f"**Fix:** {_text(held.remedy)}" if held.remedy else ""
    said = (log or f"**Log:** {code(held.log, 400)}") if held.log else ""
    return ["\n\n".join(part for part in (head + _text(held.what), _text(held.why), remedy, said) if part)]


def _text(text: str) -> str:
    first, _, rest = text.strip("\n").partition("\n")
    return prose(first) + (f"\n\n{block(rest)}" if rest else "")


def notices(held: Sequence[Notice], limit: int = NOTICES) -> list[str]:
    """Return a list of notices, one a line."""
    if not held:
        return []
    more = words.shown(held, limit)
    return ["\n".join([*(f"- {_one_line(one)}" for one in held[:limit]), *([f"- {more}"] if more else [])])]


def _one_line(held: Notice) -> str:
    where = f"{code(held.where, 100)}: " if held.where else ""
    said = (prose(text, 300) for text in (held.what, held.why, held.remedy))
    return where + " — ".join(text for text in said if text)


def materials(held: Comparison | None) -> list[str]:
    """Return a table of the materials that differ."""
    if held is None or not held.materials:
        return []
    rows = [
        [found.kind.value, code(found.name, 80), code(before, 60) or "—", code(after, 60) or "—"]
        for found in held.materials[:MATERIALS]
        for before, after in [shown_values(found)]
    ]
    count = len(held.materials) - len(rows) + held.hidden_materials
    more = [f"{words.more(count, 'material')}."] if count else []
    header = ("material", "name", side_head(held.before), side_head(held.after))
    return ["\n\n".join([table(header, rows), *more])]


def circumstances(report: Report) -> list[str]:
    """Return a table of the circumstances that differ."""
    rows = [
        [code(found.name, 40), code(found.before, 100) or "—", code(found.after, 100) or "—"]
        for found in report.circumstances[:CIRCUMSTANCES]
    ]
    return [table(("circumstance", "baseline", "this run"), rows)] if rows else []


def places(report: Report) -> list[str]:
    """Return a table of the lines that can make runs differ."""
    rows = [
        [code(found.location, 120), prose(found.what, 160), prose(found.remedy, 200)]
        for found in report.findings[:PLACES]
    ]
    more = words.shown(report.findings, PLACES)
    return _with(table(("line", "what stands there", "fix"), rows), more) if rows else []


def trends(report: Report) -> list[str]:
    """Return charts of the metrics that differ, over the accepted baselines."""
    compared = [held for held in (report.claim, report.change) if held is not None]
    moved = {(row.file, row.name) for held in compared for row in words.changed_rows(held)}
    drawn = [trend for trend in report.trends if trend.drawn and (trend.file, trend.name) in moved]
    return [block(chart(trend), "mermaid") for trend in drawn]


def excluded(report: Report) -> list[str]:
    """Return a table of the leaves that rules left out of equality."""
    held = report.claim
    if held is None or not held.excluded:
        return []
    rows = [
        [code(rule.artifact, 80), code(rule.rule, 60), plural(rule.count, "leaf"), code(rule.example, 60)]
        for rule in held.excluded[:EXCLUDED]
    ]
    more = words.shown(held.excluded, EXCLUDED)
    return _with(table(("artifact", "rule", "leaves", "such as"), rows), more)


def run(report: Report) -> list[str]:
    """Return tables of the steps and of the environment, as one block."""
    held = "\n\n".join([*_steps(report), *_environment(report)])
    return [held] if held else []


def _steps(report: Report) -> list[str]:
    steps = report.steps[:STEPS]
    marked = any(line.first_difference for line in steps)
    rows = [
        [
            code(line.name, 60),
            words.step(line),
            *(["first difference" if line.first_difference else ""] if marked else []),
        ]
        for line in steps
    ]
    header = ("step", "in this run", *([""] if marked else []))
    return _with(table(header, rows), words.shown(report.steps, STEPS)) if rows else []


def _environment(report: Report) -> list[str]:
    rows = [[code(fact.name, 40), code(fact.value, 120)] for fact in report.environment[:FACTS]]
    if report.environment_digest:
        rows.append([code("digest"), code(report.environment_digest, 120)])
    return [table(("what", "value"), rows)] if rows else []


def _with(body: str, more: str) -> list[str]:
    return ["\n\n".join([body, *([more] if more else [])])]
