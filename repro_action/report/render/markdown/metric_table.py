# SPDX-License-Identifier: Apache-2.0
"""The one table of metrics that is not folded: four columns, numbers that never wrap, tolerances as notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from repro_action.report import numbers
from repro_action.report.model import MetricRow, State
from repro_action.report.render import labels
from repro_action.report.render.markdown.escape import Markdown, code, joined, prose, row
from repro_action.report.sections.lead import LeadSection
from repro_action.report.sections.seed_noise import NoiseGroup, noise_groups
from repro_action.tree import Scalar

_MARKS = "¹²³⁴⁵⁶⁷⁸⁹"
_WIDTH = 60
_MANY = "\N{SUPERSCRIPT PLUS SIGN}"
"""The mark of notes beyond the ninth, which share one."""


def metric_table(lead: LeadSection) -> str:
    """Return the metrics of a report as a table and its notes; empty where there is none to show."""
    if lead.comparison is None or not lead.metrics.shown:
        return ""
    rows = lead.metrics.shown
    files = len({one.file for one in rows}) > 1
    if lead.comparison.first:
        cells = [(_name(one, files=files), _number(one.after, one.after)[1]) for one in rows]
        table = [row(("metric", prose(lead.comparison.after.label, 40))), "| --- | ---: |", *map(row, cells)]
        return "\n".join([*table, *_more(lead)])
    notes = _Notes(judged=lead.comparison.same_platform)
    lines = [
        "| metric | before | after | Δ |",
        "| --- | ---: | ---: | --- |",
        *(row(_cells(one, notes, files=files)) for one in rows),
    ]
    return "\n".join([*lines, *_more(lead), *notes.lines(), *_noise(rows)])


def first_metric(lead: LeadSection) -> Markdown:
    """Return the first metric that differs, on one line: `accuracy 0.93 → 0.94, better`; else nothing."""
    found = next((one for one in lead.metrics if one.state is not State.IDENTICAL), None)
    if found is None:
        return Markdown()
    values = [value for value in (_before(found), _after(found)) if value != "—"]
    sense = labels.sense(found)
    return Markdown(f"{_name(found, files=False)} {' → '.join(values)}{f', {sense}' if sense else ''}")


def _more(lead: LeadSection) -> Sequence[str]:
    return ["", f"{labels.more(lead.metrics.more, 'metric')}."] if lead.metrics.more else []


def _noise(rows: Sequence[MetricRow]) -> Sequence[str]:
    groups = noise_groups(rows)
    parts = [Markdown(one.text + (f": {_named(one)}" if one.names else "")) for one in groups]
    return ["", f"{'; '.join(parts)}."] if parts else []


def _named(group: NoiseGroup) -> str:
    names = ", ".join(code(name, _WIDTH) for name in group.names)
    return f"{names} and {group.more} more" if group.more else names


def _cells(found: MetricRow, notes: _Notes, *, files: bool) -> tuple[Markdown, ...]:
    return _name(found, files=files), _before(found), _after(found), _delta(found, notes)


def _name(found: MetricRow, *, files: bool) -> Markdown:
    name = code(found.name, _WIDTH)
    return joined((code(found.file, _WIDTH), name), ": ") if files else name


def _before(found: MetricRow) -> Markdown:
    return Markdown("—") if found.state is State.ADDED else _number(found.before, found.after)[0]


def _after(found: MetricRow) -> Markdown:
    return Markdown("—") if found.state is State.MISSING else _number(found.before, found.after)[1]


def _number(before: Scalar, after: Scalar) -> tuple[Markdown, Markdown]:
    left, right = numbers.brief_pair(before, after)
    return _unbroken(prose(left, _WIDTH)), _unbroken(prose(right, _WIDTH))


def _unbroken(text: Markdown) -> Markdown:
    return Markdown(numbers.unbroken(text)) if "`" not in text else text


def _delta(found: MetricRow, notes: _Notes) -> Markdown:
    if found.state is State.IDENTICAL:
        return Markdown("=")
    sigmas = numbers.sigmas(found)
    difference = numbers.unbroken(numbers.brief_delta(found) + (f" ({sigmas})" if sigmas else ""))
    luck = found.noise is not None and found.noise.distinguishable is False
    worse = found.better is False and not labels.is_rounding(found) and not luck
    sense = f"{'🔴 ' if worse else ''}{labels.sense(found)}"
    text = " ".join(part for part in (difference, sense) if part) or labels.state(found.state)
    return Markdown(f"{text}{notes.mark(found)}")


@dataclass(slots=True, kw_only=True)
class _Notes:
    """What is allowed, once for each rule: the mark of a row, and the lines below the table."""

    judged: bool
    marks: dict[tuple[str, bool], str] = field(default_factory=dict)

    def mark(self, found: MetricRow) -> str:
        within = found.within
        if not self.judged or within is None or found.allowed in {"", "exact"}:
            return ""
        place = min(len(self.marks), len(_MARKS))
        return self.marks.setdefault((found.allowed, within), _MARKS[place : place + 1] or _MANY)

    def lines(self) -> Iterator[str]:
        """Yield an empty line and one with the notes, or nothing."""
        if self.marks:
            yield ""
            yield " · ".join(
                f"{mark} {'inside' if within else 'outside'} the allowed {_unbroken(prose(allowed, _WIDTH))}"
                for (allowed, within), mark in self.marks.items()
            )
