# SPDX-License-Identifier: Apache-2.0
"""Several reports in one comment: the counts, one table, and models with one reason told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape

from repro_action.report.bundle import ENTRIES, Bundle, Entry, severity
from repro_action.report.model import Report
from repro_action.report.render.markdown import commands, opening
from repro_action.report.render.markdown.escape import Markdown, code, joined, row
from repro_action.report.render.markdown.fitting import Part
from repro_action.report.render.markdown.metric_table import first_metric
from repro_action.report.render.markdown.report import ReportPlacement, opening_body
from repro_action.report.render.markdown.templating import part
from repro_action.report.render.markdown.templating import render as text
from repro_action.report.sections.attention import calm
from repro_action.report.sections.listed import Listed
from repro_action.report.sections.model_groups import ModelGroup, model_groups, on_several_platforms
from repro_action.text import clean, plural

ROWS = 40
"""Rows of the table; what is below has its own section, or folded."""

CALM = 300
"""Lines about configurations that need no attention."""

NAMED = 2
"""Models of a group that are named in the table."""

_RANKS = 32
"""Ranks of the parts of one report, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedGroup:
    """A group of models as a comment names it.

    Attributes:
        models: one or several.
        names: of each, unlike each other.
    """

    models: ModelGroup
    names: tuple[Markdown, ...]

    @property
    def entry(self) -> Entry:
        """The first model."""
        return self.models.first

    @property
    def name(self) -> Markdown:
        """The first few names, and how many more there are."""
        return _with_more(joined(self.names[:NAMED]), len(self.names))

    @property
    def summary(self) -> Markdown:
        """The summary of its fold."""
        entries, warned = self.models.entries, self.models.warnings
        named = ", ".join(_html(entry.report.name) for entry in entries[:NAMED])
        count = f" · ⚠️ {plural(warned, 'warning')}" if warned else ""
        sign = opening.sign(self.entry.report, self.models.leads[0])
        return Markdown(f"{sign} {_with_more(named, len(entries))}{count}")

    def first_metric(self) -> Markdown:
        """Return the metric that got worst, with the model's name where there are several."""
        place = self.models.worst
        metric = first_metric(self.models.leads[place])
        return Markdown(f"{self.names[place]}: {metric}" if metric and self.models.several else metric)


def _with_more(shown: str, count: int) -> Markdown:
    return Markdown(f"{shown} and {count - NAMED} more" if count > NAMED else shown)


def _html(name: str) -> str:
    """Return a model's name for a summary, which is HTML: Markdown means nothing there."""
    return f"<code>{escape(clean(name, 60))}</code>"


def named_groups(bundle: Bundle, *, together: bool) -> list[NamedGroup]:
    """Return the models that need attention, worst first.

    Args:
        bundle: all models.
        together: whether those of one verdict and reason are one group.
    """
    twice = on_several_platforms(bundle)
    return [
        NamedGroup(models=group, names=tuple(_name(entry, twice) for entry in group.entries))
        for group in model_groups(bundle, together=together)
    ]


def heading(bundle: Bundle, groups: Sequence[NamedGroup], remark: Markdown) -> Part:
    """Return the heading: verdicts by number, what all have in common; the remark is below it."""
    first = groups[0] if len(groups) == 1 and len(groups[0].models.entries) == len(bundle.entries) else None
    cause = opening.reason(first.entry.report, first.models.leads[0], opening.REASON) if first else ""
    counts = Counter(entry.report.verdict for entry in bundle.entries)
    verdicts = [(verdict, counts[verdict]) for verdict in sorted(counts, key=severity, reverse=True)]
    return part(
        *("verdicts", 0, "overview"),
        bundle=bundle,
        count=len(bundle.entries),
        verdicts=verdicts,
        cause=cause,
        remark=remark,
    )


def overview(groups: Sequence[NamedGroup], step: Markdown) -> Iterator[Part]:
    """Yield the table of the models that need attention, worst first, and what to do next, if anything."""
    rows = [_row(group) for group in groups]
    head = "| model | verdict | metric | cause |\n| --- | --- | --- | --- |"
    yield Part(name="models", rank=2, lead=head, blocks=rows[:ROWS], joint="\n", noun="row")
    if len(rows) > ROWS:
        left = plural(len(rows) - ROWS, "more model")
        yield Part(name="note", rank=3, blocks=[f"{left}, shown below as far as there is room."])
    yield Part(name="next", rank=3, blocks=[f"**Next:** {step}"] if step else [])


def next_step(
    bundle: Bundle, groups: Sequence[NamedGroup], places: Sequence[ReportPlacement], *, chat: bool
) -> Markdown:
    """Return what to do about the worst of the groups for which there is anything to do."""
    acceptable = sum(commands.acceptable(entry) for entry in bundle.entries)
    for group, placement in zip(groups, places, strict=True):
        step = placement.step
        if group.models.several:
            whole = chat and acceptable == len(group.models.entries)
            step = replace(step, accept=_ALL if whole else _EACH)
        text_of_step = step.line(group.entry.report, group.models.leads[0])
        if text_of_step:
            return Markdown(f"{group.name}: {text_of_step}" if len(groups) > 1 else text_of_step)
    return Markdown()


_ALL = Markdown("comment `/repro accept all`, or one model's line below")
_EACH = Markdown("accept each model with its line below")


def group_parts(group: NamedGroup, placement: ReportPlacement, *, chat: bool) -> Iterator[Part]:
    """Yield what comes first in a group's fold: a model's own table, or a line for each model."""
    if not group.models.several:
        yield from opening_body(group.entry.report, group.models.leads[0], placement)
        return
    rows = [
        row((name, first_metric(found), _accept(entry, chat=chat)))
        for entry, name, found in zip(group.models.entries, group.names, group.models.leads, strict=True)
    ]
    head = "| model | metric | to accept |\n| --- | --- | --- |"
    yield Part(name="metrics", rank=0, lead=head, blocks=rows, joint="\n", noun="model")


def _accept(entry: Entry, *, chat: bool) -> Markdown:
    if not commands.acceptable(entry):
        return Markdown("—")
    line = commands.chat_line(entry, entry.fingerprint) if chat else ""
    return code(line or commands.repro(entry, "accept"), 200)


def rank_of(rank: int, order: int) -> int:
    """Return the rank of a group's part among those of all groups: the first parts of all come first."""
    return (_RANKS + rank) * ENTRIES + order


def calm_models(bundle: Bundle) -> Part:
    """Return the fold of the entries that need no attention, a line each."""
    twice = on_several_platforms(bundle)
    listed = Listed.of((entry for entry in bundle.entries if calm(entry.report)), CALM)
    lines = [_line(entry, twice) for entry in listed]
    more = [f"- and {listed.more} more"] if listed.more else []
    return Part(
        name="calm models",
        rank=rank_of(2 * _RANKS, 0),
        fold=f"✅ {plural(listed.count, 'model')} with nothing to review",
        blocks=[*lines, *more],
        joint="\n",
        noun="model",
    )


def _name(entry: Entry, twice: frozenset[str]) -> Markdown:
    """Return a model's name, with its configuration and platform where others have the same."""
    folder = entry.config.rpartition("/")[0].rpartition("/")[2]
    name = code(entry.report.name, 60)
    unique = name if name and folder == entry.report.name else f"{name} ({code(entry.config, 80)})".strip()
    on_platform = entry.config in twice and entry.platform
    return Markdown(f"{unique} on {code(entry.platform, 40)}" if on_platform else unique)


def _row(group: NamedGroup) -> Markdown:
    report, first = group.entry.report, group.models.leads[0]
    verdict = Markdown(f"{opening.sign(report, first)} {opening.verdict(report, first)}")
    return row((group.name, verdict, group.first_metric(), opening.reason(report, first, 100)))


def _line(entry: Entry, twice: frozenset[str]) -> Markdown:
    report: Report = entry.report
    identical = report.claim.unchanged if report.claim is not None else None
    return text(
        "calm_model",
        report=report,
        name=_name(entry, twice),
        identical=identical,
        warnings=len(report.warnings),
    )
