# SPDX-License-Identifier: Apache-2.0
"""A probe's report as Markdown, for a job summary and a pull-request comment.

Each dependence is whole or left out, the held ones first; every foreign text goes through `escape`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from repro_action.finding import Finding
from repro_action.observation import Divergence
from repro_action.report.model import Notice
from repro_action.report.probe_model import Answer, ProbeFinding, ProbeReport
from repro_action.report.render import probe_labels as probe_words
from repro_action.report.render.markdown.comparison import artifact_blocks, kept_metrics, metric_tables
from repro_action.report.render.markdown.escape import block, code, prose, table
from repro_action.report.render.markdown.fitting import BUDGET, Section, fitted
from repro_action.text import plural

FINDINGS = 20
PLACES = 12
MARKS = 10
NOTICES = 10
ARTIFACTS = 8
NAMES = 8

_SYMBOLS = {
    Answer.SAME: "✅",
    Answer.HELD: "🟡",
    Answer.DIFFERS: "❌",
    Answer.FAILED: "⛔",
    Answer.UNAVAILABLE: "⚪",
    Answer.NOT_ASKED: "⚪",
}


def render(report: ProbeReport, *, budget: int = BUDGET) -> str:
    """Return the report as GitHub-flavoured Markdown of at most `budget` UTF-8 bytes."""
    return fitted(_sections(report), f"repro {code(report.tool, 30)}", budget=budget)


def _told(text: str, width: int = 600) -> str:
    """Return a sentence that may quote code in backticks, which `prose` would quote once more."""
    return prose(_QUOTED.sub(r"\1", text), width)


_QUOTED = re.compile(r"`([^`]{1,200})`")


def _sections(report: ProbeReport) -> Iterator[Section]:
    loud = probe_words.loud(report)
    yield Section(name="answer", rank=0, blocks=[_head(report)])
    yield Section(name="error", rank=1, blocks=_error(report.error))
    yield Section(name="counts", rank=2, blocks=_counts(report))
    summary = plural(len(report.variations), "variation")
    yield Section(name="variations", rank=5, fold=summary, blocks=_variations(report))
    for place, found in enumerate(loud[:FINDINGS]):
        number = f" {place + 1}" if len(loud) > 1 else ""
        yield Section(name=f"finding{number}", rank=10 + place, blocks=[_finding(found, report)])
        # A summary is no place for foreign text: inside a tag nothing is escaped.
        yield Section(name=f"details{number}", rank=100 + place, fold="What differs", blocks=_details(found))
    yield Section(name="findings", rank=8, blocks=[f"{text}." for text in probe_words.more(loud, FINDINGS)])
    yield Section(name="rounding", rank=6, blocks=_rounding(probe_words.quiet(report)))
    yield Section(name="warnings", rank=4, blocks=_warnings(report.warnings))


def _head(report: ProbeReport) -> str:
    symbol = "⛔" if report.error is not None else ("✅" if report.robust else "❌")
    if report.error is None and not report.tried:
        symbol = "⚪"
    told = " · ".join(prose(fact, 120) for fact in probe_words.facts(report))
    lines = [
        f"## {symbol} Probe of {code(report.name, 80) or 'a model'}: {probe_words.title(report)}",
        *([prose(report.headline)] if report.headline else []),
        *([told] if told else []),
    ]
    return "\n\n".join(lines)


def _error(notice: Notice | None) -> list[str]:
    if notice is None:
        return []
    head = f"**{code(notice.where, 200)}:** " if notice.where else ""
    remedy = f"**Fix:** {_text(notice.remedy)}" if notice.remedy else ""
    return ["\n\n".join(part for part in (head + _text(notice.what), _text(notice.why), remedy) if part)]


def _text(text: str) -> str:
    first, _, rest = text.strip("\n").partition("\n")
    return _told(first) + (f"\n\n{block(rest)}" if rest else "")


def _counts(report: ProbeReport) -> list[str]:
    parts = []
    for answer, symbol in _SYMBOLS.items():
        names = probe_words.counted(report, answer)
        told = f": {_names(names)}" if answer is not Answer.SAME and names else ""
        if names:
            parts.append(f"{symbol} {len(names)} {probe_words.answer_word(answer)}{told}")
    return [" · ".join(parts)] if parts else []


def _names(names: Sequence[str]) -> str:
    left = len(names) - NAMES
    return ", ".join(code(name, 40) for name in names[:NAMES]) + (f" and {left} more" if left > 0 else "")


def _variations(report: ProbeReport) -> list[str]:
    rows = [
        [
            code(row.name, 40),
            f"{_SYMBOLS[row.answer]} {_told(probe_words.answer(row), 200)}",
            prose(row.what, 120),
        ]
        for row in report.variations
    ]
    return [table(("variation", "outputs", "what it disturbs"), rows)] if rows else []


def _finding(found: ProbeFinding, report: ProbeReport) -> str:
    symbol = _SYMBOLS[Answer.HELD if found.pinned_by else Answer.DIFFERS]
    lines = [
        f"### {symbol} {prose(probe_words.sentence(found, report), 300)}",
        *_first(found),
    ]
    lines += _where(found)
    if found.divergence is not None:
        lines.append(_divergence(found.divergence))
    if found.remedy:
        lines.append(f"**Fix:** {_told(found.remedy)}")
    return "\n\n".join(lines)


def _first(found: ProbeFinding) -> list[str]:
    parts = [f"First step that differs: {code(found.step, 60)}"] if found.step else []
    worst, size = probe_words.worst(found), probe_words.size(found)
    if worst is not None:
        artifact, leaf = worst
        told = f": {size}" if size else ""
        parts.append(f"in {code(artifact.path, 120)}, {code(leaf.path, 80) or 'the whole file'}{told}")
    return [", ".join(parts) + "."] if parts else []


def _where(found: ProbeFinding) -> list[str]:
    if not found.places:
        return []
    rows = [f"- {_place(held, found)}" for held in found.places[:PLACES]]
    more = [f"- {text}" for text in probe_words.more(found.places, PLACES)]
    return ["\n".join(["**Where:**", "", *rows, *more])]


def _place(held: Finding, found: ProbeFinding) -> str:
    where, known = code(held.location, 120), prose(probe_words.evidence(held), 40)
    remedy = f" — {_told(held.remedy, 300)}" if probe_words.own_remedy(held, found) else ""
    return f"{where} {_told(held.what, 200)} ({known}){remedy}"


def _divergence(held: Divergence) -> str:
    name, said = probe_words.parted(held)
    told = " ".join(part for part in (code(name, 120), prose(said, 400)) if part)
    head = f"**The runs part at {probe_words.call(held)}:** {told}."
    rows = [
        [code(path, 80) or "(the value)", code(before, 120) or "—", code(after, 120) or "—"]
        for path, before, after in held.differing[:MARKS]
    ]
    more = [f"{text}." for text in probe_words.more(held.differing, MARKS)]
    return "\n\n".join([head, *([table(("part", "usual", "disturbed"), rows)] if rows else []), *more])


def _details(found: ProbeFinding) -> list[str]:
    compared = probe_words.sides(found, ARTIFACTS)
    return [
        *kept_metrics(compared),
        *metric_tables(compared, judged=False),
        *artifact_blocks(compared, judged=False),
    ]


def _rounding(quiet: Sequence[ProbeFinding]) -> list[str]:
    if not quiet:
        return []
    parts = [_rounded(found) for found in quiet]
    return [f"Rounding that the profile holds: {' · '.join(parts)}."]


def _rounded(found: ProbeFinding) -> str:
    size = probe_words.rounding(found)
    told = (
        f"{size}, by {probe_words.few(found.pinned_by)}" if size else f"by {probe_words.few(found.pinned_by)}"
    )
    return f"{_names(found.variations)} ({prose(told, 200)})"


def _warnings(notices: Sequence[Notice]) -> list[str]:
    if not notices:
        return []
    rows = [f"- {_one_line(notice)}" for notice in notices[:NOTICES]]
    more = [f"- {text}" for text in probe_words.more(notices, NOTICES)]
    return ["\n".join(["**Warnings**", "", *rows, *more])]


def _one_line(notice: Notice) -> str:
    where = f"{code(notice.where, 100)}: " if notice.where else ""
    said = (_told(text, 300) for text in (notice.what, notice.why, notice.remedy))
    return where + " — ".join(text for text in said if text)
