# SPDX-License-Identifier: Apache-2.0
"""Changed rules in a terminal: a line each, above what they let pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repro_action.compare.config_change import ConfigChange, Strictness
from repro_action.report.model import Report
from repro_action.report.render import config_changes as words
from repro_action.report.render.terminal import layout
from repro_action.report.render.terminal.style import BAD, DIM, FAIR, STRONG, Painter, Span
from repro_action.report.sections.config_changes import rules_section

if TYPE_CHECKING:
    from rich.console import RenderableType

SETTINGS = 12
OUTSIDE = 8

_STYLES = {Strictness.WEAKER: BAD, Strictness.CHANGED: FAIR, Strictness.STRONGER: DIM}


def rules_lines(report: Report, painter: Painter) -> Iterator[RenderableType]:
    """Yield the rules of a report that are not those of the base."""
    section = rules_section(report, settings=SETTINGS, outside=OUTSIDE)
    if section is None:
        return
    yield ""
    heading = f"{words.title(section).lower()} {painter.plain(section.base, 60)}"
    yield layout.fact(painter, "rules", (heading, BAD if section.weakened else STRONG))
    if section.former:
        yield layout.fact(painter, "", f"there the configuration is {painter.plain(section.former)}")
    if section.unread:
        yield layout.fact(painter, "", f"the configuration there cannot be read: {section.unread}")
    yield from layout.facts(painter, "", (_setting(change, painter) for change in section.settings))
    yield from layout.more(painter, section.settings.more)
    named = [f"{metric.name} {words.outside(metric)}" for metric in section.metrics]
    named += section.artifacts
    yield from layout.facts(painter, "outside", ([painter.plain(name, 100)] for name in named))
    yield from layout.more(painter, section.metrics.more + section.artifacts.more)


def _setting(change: ConfigChange, painter: Painter) -> list[Span]:
    found = words.setting(change)
    values = f"{found.entry} {found.fate}" if found.fate else f"{found.before} → {found.after}"
    name = painter.plain(change.setting, 100)
    return [
        f"{name}: {painter.plain(values, 2 * words.WIDTH)} ",
        (f"({change.strictness.value})", _STYLES[change.strictness]),
    ]
