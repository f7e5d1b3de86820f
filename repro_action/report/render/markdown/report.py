# SPDX-License-Identifier: Apache-2.0
"""One report as Markdown, for a file and as a part of a pull-request comment.

The verdict on the claim comes first, then what the change does; the rest is folded. Sections
are whole or left out, the least telling first, so that a body never ends in the middle of a
table; what is left out is said. Every foreign text goes through `escape`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from repro_action.report.model import Comparison, Flavour, Report, Side
from repro_action.report.render import labels as words
from repro_action.report.render.markdown import folds
from repro_action.report.render.markdown.comparison import (
    artifact_blocks,
    artifact_line,
    kept_metrics,
    metric_tables,
    strip,
)
from repro_action.report.render.markdown.escape import block, code, prose
from repro_action.report.render.markdown.fitting import BUDGET, Section, fitted
from repro_action.text import plural
from repro_action.verdict import Verdict

CAUSES = 3

FOLDED = 10
"""Ranks from here on are folded: a reader in a hurry misses nothing without them."""

SYMBOLS = {
    Verdict.REPRODUCED: "✅",
    Verdict.EQUIVALENT: "🟡",
    Verdict.CHANGED: "❌",
    Verdict.DRIFTED: "❌",
    Verdict.FAILED: "⛔",
    Verdict.NO_BASELINE: "⚪",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a report stands in a body.

    Attributes:
        level: of its heading.
        name: its heading, if it is not the report's own name; escaped.
        base: the base branch as people call it; foreign.
        remark: a line below the heading; ours.
        log: says where the log of a failed step is; ours, empty for its path on the machine that ran.
    """

    level: int = 2
    name: str = ""
    base: str = ""
    remark: str = ""
    log: str = ""


def render(report: Report, *, budget: int = BUDGET) -> str:
    """Return the report as GitHub-flavoured Markdown of at most `budget` UTF-8 bytes."""
    commands = [block("\n".join(report.reproduce), "sh")] if report.reproduce else []
    reproduce = Section(name="reproduce", rank=13, fold="Reproduce locally", blocks=commands)
    return fitted([*sections(report), reproduce], " · ".join(footer(report)), budget=budget)


def footer(report: Report) -> list[str]:
    """Return what made the report, and of what, for the last line."""
    identity = [f"fingerprint {code(report.fingerprint, 64)}"] if report.fingerprint else []
    return [f"repro {code(report.tool, 30)}", *identity]


def symbol(report: Report) -> str:
    """Return the sign of a verdict, which stands beside its words."""
    return "🔁" if report.flavour is Flavour.FLAKY else SYMBOLS[report.verdict]


def sections(report: Report, place: Place | None = None) -> Iterator[Section]:
    """Yield the parts of a report in the order of reading."""
    place = place or Place()
    yield Section(name="verdict", rank=0, blocks=[_head(report, place)])
    error = folds.notice(report.error, place.log) if report.error else []
    yield Section(name="error", rank=1, blocks=error)
    yield Section(name="causes", rank=2, blocks=_claim_causes(report))
    yield from _claim(report, place)
    yield from _change(report, place)
    yield from _randomness(report, place)
    hints = [f"**Known causes that fit**\n\n{held}" for held in folds.notices(report.hints)]
    yield Section(name="hints", rank=7, blocks=hints)
    history = folds.trends(report)
    yield Section(
        name="history", rank=20, fold="Metrics over accepted baselines", blocks=history, noun="chart"
    )
    yield from _artifacts(report, place)
    if report.verdict is not Verdict.DRIFTED:
        yield Section(name="randomness", rank=12, fold=_RANDOMNESS, blocks=folds.places(report))
    yield from _folded(report)


_RANDOMNESS = "Where randomness may have entered"


def _randomness(report: Report, place: Place) -> Iterator[Section]:
    """Yield the lines that can make runs differ, open: it is what a drift is about."""
    if report.verdict is Verdict.DRIFTED and (lines := folds.places(report)):
        yield Section(name="randomness", rank=4, blocks=_joined([_heading(_RANDOMNESS, place), *lines]))


def _folded(report: Report) -> Iterator[Section]:
    claim, change = report.claim, report.change
    seen = (
        ("warnings", 14, f"⚠️ {plural(len(report.warnings), 'warning')}", folds.notices(report.warnings)),
        ("materials", 15, "Inputs that differ from the baseline", folds.materials(claim)),
        ("materials of the change", 16, "Inputs that differ from the base branch", folds.materials(change)),
        ("circumstances", 17, "Circumstances that differ", folds.circumstances(report)),
        ("exclusions", 18, "Left out of equality by a rule", folds.excluded(report)),
        ("steps and environment", 19, "Steps and environment", folds.run(report)),
    )
    for name, rank, summary, blocks in seen:
        yield Section(name=name, rank=rank, fold=summary, blocks=blocks)


def _head(report: Report, place: Place) -> str:
    name = place.name or code(report.name, 80)
    lines = [f"{'#' * place.level} {symbol(report)} {name}: {words.title(report)}", place.remark]
    told = [prose(words.headline(report)), *([_FIRST] if report.verdict is Verdict.NO_BASELINE else [])]
    return "\n\n".join([*(line for line in lines if line), *told])


_FIRST = "Accept it (below) to make it the baseline; later runs are compared with it."


def _claim_causes(report: Report) -> list[str]:
    told = [cause.text for cause in report.causes]
    if report.verdict is Verdict.REPRODUCED:
        return _causes(told, one="Changed", several="Changed")
    return _causes(told, one="Cause", several="Causes, most likely first")


def _causes(texts: Sequence[str], *, one: str, several: str, hidden: int = 0) -> list[str]:
    """Return foreign lines below a label, at most three of them."""
    if len(texts) + hidden <= 1:
        return [f"**{one}:** {prose(text, 300)}" for text in texts]
    more = len(texts) + hidden - CAUSES
    lines = [
        *(f"- {prose(text, 300)}" for text in texts[:CAUSES]),
        *([f"- and {more} more"] if more > 0 else []),
    ]
    return ["\n".join([f"**{several}:**", "", *lines])]


def _claim(report: Report, place: Place) -> Iterator[Section]:
    """Answer the first question; one line is enough where the run reproduced the baseline."""
    claim = report.claim
    if claim is None:
        return
    judged = claim.same_platform
    if report.verdict is Verdict.REPRODUCED:
        moved = report.change is not None and words.differs(report.change)
        lines = [*([] if moved else kept_metrics(claim)), "" if moved else strip(claim)]
    else:
        question = "Does this run match the baseline?" if judged else "Against the nearest platform class"
        lines = [_heading(question, place), *_compared(claim, judged=judged), *_meant(report)]
    yield Section(name="claim", rank=3, blocks=_joined(lines))


def _meant(report: Report) -> list[str]:
    if report.verdict is not Verdict.CHANGED:
        return []
    return ["Meant? Accept it, below." + (" Not meant? The cause is above." if report.causes else "")]


def _change(report: Report, place: Place) -> Iterator[Section]:
    """Answer the second question; one line is enough where nothing changed."""
    change = report.change
    if change is None:
        return
    if not words.differs(change):
        base = _renamed(change, place).before
        commit = f" (commit {code(base.revision, 20)})" if base.revision else ""
        told = f"The baseline itself is as on {prose(base.label, 60)}{commit}."
        yield Section(name="change", rank=5, blocks=[told] if place.level == 2 else [])
        return
    named = _renamed(change, place)
    lines = [_heading("What does the change do?", place), *_compared(named, judged=False, effect=True)]
    yield Section(name="change", rank=5, blocks=_joined(lines))


def _compared(comparison: Comparison, *, judged: bool, effect: bool = False) -> list[str]:
    tables = metric_tables(comparison, judged=judged, effect=effect)
    shared = "" if comparison.same_platform else comparison.before.platform
    sides = f"{_side(comparison.before, shared)} against {_side(comparison.after, comparison.after.platform)}"
    same, hidden = _same(comparison), words.hidden(comparison)
    return [
        sides + _OTHER_CLASS if not comparison.same_platform else "" if tables else f"{sides}.",
        *([] if effect else kept_metrics(comparison)),
        *tables,
        *(_change_causes(comparison) if effect else []),
        " ".join([*artifact_line(comparison), *([f"Identical: {same}."] if same else [])]),
        f"{hidden}." if hidden else "",
        strip(comparison),
    ]


def _change_causes(change: Comparison) -> list[str]:
    told = words.material_lines(change)
    moved = change.artifacts or words.changed_rows(change)
    several = "Inputs that differ" if moved else "Inputs that differ, without any effect on what is compared"
    return _causes(told, one="Cause" if moved else several, several=several, hidden=change.hidden_materials)


_OTHER_CLASS = ". **The platform classes differ: this says nothing about bits.**"


def _artifacts(report: Report, place: Place) -> Iterator[Section]:
    for name, rank, side, held in (
        ("artifacts of the claim", 10, "the baseline", report.claim),
        ("artifacts of the change", 11, "the base branch", report.change),
    ):
        if held is not None:
            judged = rank == 10 and held.same_platform
            rows = len(held.artifacts) + held.hidden.artifacts
            summary = f"Artifacts against {side}: {rows} not identical, {held.unchanged.artifacts} identical"
            blocks = artifact_blocks(_renamed(held, place) if rank == 11 else held, judged=judged)
            yield Section(name=name, rank=rank, fold=summary, blocks=blocks)


def _heading(text: str, place: Place) -> str:
    return f"{'#' * (place.level + 1)} {text}"


def _joined(lines: Sequence[str]) -> list[str]:
    held = "\n\n".join(line for line in lines if line)
    return [held] if held else []


def _same(comparison: Comparison) -> str:
    told, held = words.counts(comparison.unchanged), words.same(comparison)
    return told + (f" of {prose(held[len(told) + 4 :], 200)}" if held != told else "")


def _renamed(change: Comparison, place: Place) -> Comparison:
    """Return the change with its base called as people call it."""
    return replace(change, before=replace(change.before, label=place.base)) if place.base else change


def _side(side: Side, platform: str) -> str:
    revision = f"at commit {code(side.revision, 20)}" if side.revision else ""
    named = f"({code(platform, 40)})" if platform else ""
    return " ".join(part for part in (prose(side.label, 60), revision, named) if part)
